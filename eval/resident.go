package eval

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
)

// resident is an encoder that is in memory only while it is wanted: closed, it opens at its next
// call. It is closed only while nothing calls it. One that an earlier run has opened is closed at first.
type resident struct {
	spec  encoders.Spec
	env   encoders.Env
	bytes int64         // that it takes, about
	info  encoders.Info // fixed before its first call

	mu   sync.Mutex
	enc  encoders.Encoder // nil while it is closed
	lost bool             // it could not be opened when it was wanted
}

// learn finds out what the encoder is, and opens it where only that tells.
func (e *resident) learn(ctx context.Context) error {
	if info, ok := encoders.Foresee(e.spec, e.env); ok {
		e.info = info
		return nil
	}
	_, err := e.open(ctx)
	return err
}

// open is the encoder, opened where it was closed. One that is another than before fails: its model
// was exchanged during the run.
func (e *resident) open(ctx context.Context) (encoders.Encoder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.enc != nil {
		return e.enc, nil
	}
	enc, err := encoders.Open(ctx, e.spec, e.env)
	if err != nil {
		e.lost = true
		return nil, err
	}
	info := enc.Info()
	switch before := e.info; {
	case before.ImageKey == "":
		e.info = info
	case info.ImageKey != before.ImageKey || info.TextKey != before.TextKey:
		e.lost = true
		return nil, errors.Join(fmt.Errorf("opened again it is another model than at the start of the run: was a file of %s changed?", e.spec.Model), enc.Close())
	}
	e.enc = enc
	e.tidy()
	return enc, nil
}

// failed tells whether it could not be opened when it was wanted.
func (e *resident) failed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lost
}

// returned is from what size on an encoder's leftovers go back to the system at once.
const returned = 256 << 20

// tidy gives back what reading or closing a large model has left.
func (e *resident) tidy() {
	if e.bytes > returned {
		debug.FreeOSMemory()
		ort.GiveBack()
	}
}

func (e *resident) Info() encoders.Info { return e.info }

func (e *resident) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	enc, err := e.open(ctx)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	return enc.EncodeImages(ctx, px)
}

func (e *resident) EncodeTexts(ctx context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	enc, err := e.open(ctx)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	return enc.EncodeTexts(ctx, tk)
}

// Unwrap is the encoder that is open, or nil.
func (e *resident) Unwrap() encoders.Encoder {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.enc
}

// Close frees what the encoder holds.
func (e *resident) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.enc == nil {
		return nil
	}
	enc := e.enc
	e.enc = nil
	defer e.tidy()
	return enc.Close()
}

// group are encoders that are in memory at the same time, and are timed in turn.
type group struct {
	members []*resident
	bytes   int64
}

// close closes all but keep.
func (g *group) close(keep *resident) error {
	var errs []error
	for _, e := range g.members {
		if e != keep {
			errs = append(errs, e.Close())
		}
	}
	return errors.Join(errs...)
}

// room makes room for an encoder that is about to be opened: in the last group, or in one of its
// own, before which the last one is closed. The first of all, a run's reference, is beside every
// group and stays open.
func (o *opener) room(e *resident) error {
	if o.first == nil {
		o.first, o.groups = e, []*group{{bytes: e.bytes}}
	}
	last := o.groups[len(o.groups)-1]
	if o.memory > 0 && e != o.first && len(last.members) > 0 && last.bytes+e.bytes > o.memory {
		if err := last.close(o.first); err != nil {
			return err
		}
		last = &group{bytes: o.first.bytes}
		o.groups = append(o.groups, last)
	}
	if e != o.first {
		last.bytes += e.bytes
		last.members = append(last.members, e)
	}
	return nil
}

// leave takes back the room of an encoder that could not be opened.
func (o *opener) leave(e *resident) {
	if e == o.first {
		o.first, o.groups = nil, nil
		return
	}
	last := o.groups[len(o.groups)-1]
	last.bytes -= e.bytes
	last.members = slices.DeleteFunc(last.members, func(m *resident) bool { return m == e })
}
