package variants

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/runtimes"
)

// Lazy is an encoder that is in memory only while it is needed. If it is closed, its next call opens it. It is
// closed only while nothing calls it. An encoder that an earlier run has opened starts closed, and so does one whose
// files tell all about it, if later is set.
type Lazy struct {
	Spec  encoders.Spec
	env   encoders.Env
	later bool
	alive func()        // sign of life while it opens; or nil
	bytes int64         // approximate memory that it takes
	info  encoders.Info // fixed before its first call

	mu   sync.Mutex
	enc  encoders.Encoder // nil while closed
	lost bool             // it could not be opened when it was needed
}

// learn finds out what the encoder is. It opens the encoder only when nothing else tells.
func (e *Lazy) learn(ctx context.Context) error {
	if info, ok := runtimes.InfoFromCache(e.Spec, e.env); ok {
		e.info = info
		return nil
	}
	if e.later {
		if info, ok := runtimes.InfoFromFiles(e.Spec, e.env); ok {
			e.info = info
			e.tidy()
			return nil
		}
	}
	_, err := e.Open(ctx)
	return err
}

// Open returns the encoder and opens it if necessary. It fails if the encoder differs from the one before: its
// model was replaced during the run.
func (e *Lazy) Open(ctx context.Context) (encoders.Encoder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.enc != nil {
		return e.enc, nil
	}
	defer e.signs()()
	enc, err := runtimes.Open(ctx, e.Spec, e.env)
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
		return nil, errors.Join(fmt.Errorf("the model is not the one that was opened at the start of the run: was a file of %s changed?", e.Spec.Model), enc.Close())
	}
	e.enc = enc
	e.tidy()
	return enc, nil
}

// signs gives signs of life until the returned function is called, but not for longer than Patience.
func (e *Lazy) signs() (stop func()) {
	if e.alive == nil {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience(e.env.Timeout))
	go func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-tick.C:
				e.alive()
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	return cancel
}

// failed tells whether the encoder could not be opened when it was needed.
func (e *Lazy) failed() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lost
}

// lose records that the encoder is not what was promised.
func (e *Lazy) lose() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost = true
}

// returned is the size from which the memory of an encoder goes back to the system at once.
const returned = 256 << 20

// tidy returns the memory that reading or closing a large model leaves behind.
func (e *Lazy) tidy() {
	if e.bytes > returned {
		debug.FreeOSMemory()
		ort.GiveBack()
	}
}

func (e *Lazy) Info() encoders.Info { return e.info }

// ready opens the encoder for a call. The time that the call has starts again if it had to wait for that.
func (e *Lazy) ready(ctx context.Context) (encoders.Encoder, context.Context, context.CancelFunc, error) {
	began := time.Now()
	enc, err := e.Open(ctx)
	if _, limited := ctx.Deadline(); err != nil || !limited || e.env.Timeout == 0 || time.Since(began) < time.Millisecond {
		return enc, ctx, func() {}, err
	}
	anew, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.env.Timeout)
	stop := context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})
	return enc, anew, func() { stop(); cancel() }, nil
}

func (e *Lazy) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	enc, ctx, cancel, err := e.ready(ctx)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	defer cancel()
	return enc.EncodeImages(ctx, px)
}

func (e *Lazy) EncodeTexts(ctx context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	enc, ctx, cancel, err := e.ready(ctx)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	defer cancel()
	return enc.EncodeTexts(ctx, tk)
}

// Unwrap is the open encoder, or nil.
func (e *Lazy) Unwrap() encoders.Encoder {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.enc
}

// Close frees what the encoder holds.
func (e *Lazy) Close() error {
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

// Group is a set of encoders that are in memory at the same time and are timed in turn.
type Group struct {
	Members []*Lazy
	bytes   int64
}

// Close closes all encoders of the group except keep.
func (g *Group) Close(keep *Lazy) error {
	var errs []error
	for _, e := range g.Members {
		if e != keep {
			errs = append(errs, e.Close())
		}
	}
	return errors.Join(errs...)
}

// room makes room for an encoder that is about to be opened. It puts the encoder into the last group, or
// closes that group and starts a new one. A run's first encoder, its reference, belongs to every group and
// stays open.
func (o *Opener) room(e *Lazy) error {
	if o.First == nil {
		o.First, o.Groups = e, []*Group{{bytes: e.bytes}}
	}
	last := o.Groups[len(o.Groups)-1]
	if o.Memory > 0 && e != o.First && len(last.Members) > 0 && last.bytes+e.bytes > o.Memory {
		if err := last.Close(o.First); err != nil {
			return err
		}
		last = &Group{bytes: o.First.bytes}
		o.Groups = append(o.Groups, last)
	}
	if e != o.First {
		last.bytes += e.bytes
		last.Members = append(last.Members, e)
	}
	return nil
}

// leave gives up the room of an encoder that could not be opened.
func (o *Opener) leave(e *Lazy) {
	if e == o.First {
		o.First, o.Groups = nil, nil
		return
	}
	last := o.Groups[len(o.Groups)-1]
	last.bytes -= e.bytes
	last.Members = slices.DeleteFunc(last.Members, func(m *Lazy) bool { return m == e })
}
