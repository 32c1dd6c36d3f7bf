package variants

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// Opener opens variants. Encoders with the same settings are opened once and shared.
type Opener struct {
	Env    encoders.Env
	Place  cache.Place
	shared map[string]*Lazy
	Memory int64    // bytes that encoders which are open at once may take; 0 means any number
	First  *Lazy    // the first one that was opened; it stays open
	Groups []*Group // the other encoders, in the order of opening; the last group is open
	lib    *ort.Library
	libErr error
	once   sync.Once
	pipes  pipelines.Maker
	toks   map[string]encoders.Tokenizer // for CLIP's vocabulary by mode, and for others by key
	helper librarytok.Helper

	// Later hides loading behind the work of others: encoders are opened by their first call if their files tell what
	// they are, and proofs on the processor wait for ProvePostponed. Alive, or nil, is called while an encoder opens.
	Later     bool
	Alive     func()
	postponed []*Variant

	Crashed map[string]string // by variant: how it ended processes; such a variant is not opened
}

func NewOpener(env encoders.Env, place ...string) *Opener {
	o := &Opener{Env: env, Place: place, shared: map[string]*Lazy{}, toks: map[string]encoders.Tokenizer{}}
	if o.Env.ORT == nil {
		o.Env.ORT = o.library
	}
	return o
}

func (o *Opener) library() (*ort.Library, error) {
	o.once.Do(func() { o.lib, o.libErr = ort.Open("") })
	return o.lib, o.libErr
}

// Open never fails: if a variant cannot be opened, its status says so.
func (o *Opener) Open(ctx context.Context, spec encoders.Spec, context int) *Variant {
	return o.OpenAs(ctx, spec, context, "")
}

// OpenAs opens a variant with an encoder that only variants of the same name share.
func (o *Opener) OpenAs(ctx context.Context, spec encoders.Spec, context int, name string) *Variant {
	v := &Variant{Spec: spec, Status: store.StatusOK}
	if why, ok := o.Crashed[spec.Name]; ok {
		v.FailAs(store.StatusFailed, why)
	} else if err := o.fill(ctx, v, context, name); err != nil {
		v.Fail(err)
	} else if v.wordless != nil {
		v.Fail(v.wordless)
	}
	return v
}

func (o *Opener) fill(ctx context.Context, v *Variant, context int, name string) (err error) {
	if v.Lazy, err = o.encoder(ctx, v.Spec, name); err != nil {
		return err
	}
	v.Enc = v.Lazy
	v.Info = v.Enc.Info()
	if err := v.Spec.Unused(v.Info); err != nil {
		return err
	}
	v.Spec.Trim = v.Spec.Trim && v.Info.TextLength == 0
	if v.Pipe, v.Spec.Preprocess, err = v.Info.Pipeline(&o.pipes, v.Spec.Preprocess); err != nil {
		return fmt.Errorf("preprocess %s: %w", v.Spec.Preprocess, err)
	}
	if v.Tok, err = o.tokenizer(v.Spec.Tokenizer, v.Info.Inputs); err != nil {
		return fmt.Errorf("tokenizer %s: %w", v.Spec.Tokenizer, err)
	}
	v.wordless = v.Info.Inputs.Wordless
	if v.Info.Inputs.Library != nil {
		v.Spec.Tokenizer = encoders.ModelTokenizer
	}
	if v.Context, err = v.Info.Context(v.Spec.Context, context); err != nil {
		return err
	}
	if v.Info.Files {
		v.ImageKey = o.Place.Key(v.Info.ImageKey, "files")
	} else {
		v.ImageKey = o.imageKey(v.Info, v.Pipe)
	}
	v.TextKey = o.textKey(v.Info, v.Tok, v.Context)
	return nil
}

// tokenizer is a tokenizer for the model's own vocabulary, if it has one. Tokenizers for CLIP's vocabulary
// share what they learn.
func (o *Opener) tokenizer(mode string, in encoders.Inputs) (encoders.Tokenizer, error) {
	key := mode
	if in.Library != nil {
		key = in.Library.Key()
	}
	if tok := o.toks[key]; tok != nil && in.Vocab == nil {
		return tok, nil
	}
	if in.Library != nil {
		o.toks[key] = encoders.LibraryTokenizer(librarytok.New(&o.helper, *in.Library, o.Env.Kept))
		return o.toks[key], nil
	}
	if in.Vocab != nil {
		tok, err := tokenize.NewWithVocab(tokenize.Mode(mode), in.Vocab)
		if err != nil {
			return nil, err // a tokenizer around nil would look like a real one
		}
		return encoders.CLIPTokenizer(tok), nil
	}
	tok, err := tokenize.New(tokenize.Mode(mode))
	if err != nil {
		return nil, err
	}
	o.toks[key] = encoders.CLIPTokenizer(tok)
	return o.toks[key], nil
}

func (o *Opener) imageKey(info encoders.Info, pipe *preprocess.Pipeline) string {
	return o.Place.Key(info.ImageKey, pipe.Key())
}

func (o *Opener) textKey(info encoders.Info, tok encoders.Tokenizer, context int) string {
	return o.Place.Key(info.TextKey, tok.Key(), fmt.Sprint(context))
}

// sharedKey names the encoder that variants with these settings share.
func sharedKey(spec encoders.Spec, name string) string {
	spec.Name, spec.Preprocess, spec.Tokenizer, spec.Context, spec.Optional, spec.Named = "shared", "", "openai", 0, false, nil
	return name + fmt.Sprintf("%+v", spec)
}

func (o *Opener) encoder(ctx context.Context, spec encoders.Spec, name string) (*Lazy, error) {
	key := sharedKey(spec, name)
	if enc, ok := o.shared[key]; ok {
		return enc, nil
	}
	e := &Lazy{Spec: spec, env: o.Env, later: o.Later, alive: o.Alive, bytes: runtimes.Footprint(spec, o.Env)}
	if err := o.room(e); err != nil {
		return nil, err
	}
	if err := e.learn(ctx); err != nil {
		o.leave(e)
		return nil, err
	}
	o.shared[key] = e
	return e, nil
}

// Failed tells whether some encoder could not be opened when it was needed.
func (o *Opener) Failed() bool {
	for _, e := range o.shared {
		if e.failed() {
			return true
		}
	}
	return false
}

// CloseEncoders closes all open encoders. Others can be opened afterwards.
func (o *Opener) CloseEncoders() error {
	var errs []error
	for key, enc := range o.shared {
		errs = append(errs, enc.Close())
		delete(o.shared, key)
	}
	o.First, o.Groups = nil, nil
	return errors.Join(errs...)
}

// Close closes every encoder, then the library.
func (o *Opener) Close() error {
	errs := []error{o.CloseEncoders()}
	if o.lib != nil {
		errs = append(errs, o.lib.Close())
	}
	return errors.Join(append(errs, o.pipes.Close(), o.helper.Close())...)
}
