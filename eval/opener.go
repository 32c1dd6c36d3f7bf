package eval

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
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// opener opens variants; encoders that differ in nothing an encoder sees are opened once.
type opener struct {
	env    encoders.Env
	place  cache.Place
	shared map[string]*resident
	memory int64     // bytes that encoders which are open at once may take; 0: any
	first  *resident // that was opened: it stays open
	groups []*group  // of the others, in the order in which they were opened; the last is open
	lib    *ort.Library
	libErr error
	once   sync.Once
	pipes  pipelines.Maker
	toks   map[string]encoders.Tokenizer // with CLIP's vocabulary by mode, of other kinds by key
	helper librarytok.Helper
}

func newOpener(env encoders.Env, place ...string) *opener {
	o := &opener{env: env, place: place, shared: map[string]*resident{}, toks: map[string]encoders.Tokenizer{}}
	if o.env.ORT == nil {
		o.env.ORT = o.library
	}
	return o
}

func (o *opener) library() (*ort.Library, error) {
	o.once.Do(func() { o.lib, o.libErr = ort.Open("") })
	return o.lib, o.libErr
}

// open never fails: a variant that cannot be opened says so in its status.
func (o *opener) open(ctx context.Context, spec encoders.Spec, context int) *variant {
	return o.openAs(ctx, spec, context, "")
}

// openAs opens with an encoder that is shared only under the same name.
func (o *opener) openAs(ctx context.Context, spec encoders.Spec, context int, name string) *variant {
	v := &variant{spec: spec, status: store.StatusOK}
	if err := o.fill(ctx, v, context, name); err != nil {
		v.fail(err)
	} else if v.wordless != nil {
		v.fail(v.wordless)
	}
	return v
}

func (o *opener) fill(ctx context.Context, v *variant, context int, name string) (err error) {
	if v.in, err = o.encoder(ctx, v.spec, name); err != nil {
		return err
	}
	v.enc = v.in
	v.info = v.enc.Info()
	if v.pipe, v.spec.Preprocess, err = v.info.Pipeline(&o.pipes, v.spec.Preprocess); err != nil {
		return fmt.Errorf("preprocess %s: %w", v.spec.Preprocess, err)
	}
	if v.tok, err = o.tokenizer(v.spec.Tokenizer, v.info.Inputs); err != nil {
		return fmt.Errorf("tokenizer %s: %w", v.spec.Tokenizer, err)
	}
	v.wordless = v.info.Inputs.Wordless
	if v.info.Inputs.Library != nil {
		v.spec.Tokenizer = encoders.ModelTokenizer
	}
	if v.context, err = v.info.Context(v.spec.Context, context); err != nil {
		return err
	}
	if v.info.Files {
		v.imageKey = o.place.Key(v.info.ImageKey, "files")
	} else {
		v.imageKey = o.imageKey(v.info, v.pipe)
	}
	v.textKey = o.textKey(v.info, v.tok, v.context)
	return nil
}

// tokenizer is of the model's own vocabulary where it has one; those of CLIP's share what they learn.
func (o *opener) tokenizer(mode string, in encoders.Inputs) (encoders.Tokenizer, error) {
	key := mode
	if in.Library != nil {
		key = in.Library.Key()
	}
	if tok := o.toks[key]; tok != nil && in.Vocab == nil {
		return tok, nil
	}
	if in.Library != nil {
		o.toks[key] = encoders.LibraryTokenizer(librarytok.New(&o.helper, *in.Library, o.env.Kept))
		return o.toks[key], nil
	}
	if in.Vocab != nil {
		tok, err := tokenize.NewWithVocab(tokenize.Mode(mode), in.Vocab)
		return encoders.CLIPTokenizer(tok), err
	}
	tok, err := tokenize.New(tokenize.Mode(mode))
	if err != nil {
		return nil, err
	}
	o.toks[key] = encoders.CLIPTokenizer(tok)
	return o.toks[key], nil
}

func (o *opener) imageKey(info encoders.Info, pipe *preprocess.Pipeline) string {
	return o.place.Key(info.ImageKey, pipe.Key())
}

func (o *opener) textKey(info encoders.Info, tok encoders.Tokenizer, context int) string {
	return o.place.Key(info.TextKey, tok.Key(), fmt.Sprint(context))
}

func (o *opener) encoder(ctx context.Context, spec encoders.Spec, name string) (*resident, error) {
	same := spec
	same.Name, same.Preprocess, same.Tokenizer, same.Context = "shared", "", "openai", 0
	key := name + fmt.Sprintf("%+v", same)
	if enc, ok := o.shared[key]; ok {
		return enc, nil
	}
	e := &resident{spec: spec, env: o.env, bytes: encoders.Footprint(spec, o.env)}
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

// failed tells whether some encoder could not be opened when it was wanted.
func (o *opener) failed() bool {
	for _, e := range o.shared {
		if e.failed() {
			return true
		}
	}
	return false
}

// closeEncoders closes what was opened; more can be opened after it.
func (o *opener) closeEncoders() error {
	var errs []error
	for key, enc := range o.shared {
		errs = append(errs, enc.Close())
		delete(o.shared, key)
	}
	o.first, o.groups = nil, nil
	return errors.Join(errs...)
}

// Close closes every encoder, then the library.
func (o *opener) Close() error {
	errs := []error{o.closeEncoders()}
	if o.lib != nil {
		errs = append(errs, o.lib.Close())
	}
	return errors.Join(append(errs, o.pipes.Close(), o.helper.Close())...)
}
