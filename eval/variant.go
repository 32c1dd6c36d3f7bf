package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/eval/precomputed"
	"github.com/fastclip/fastclip/indexes"
)

// What a variant ended as; the values of variants.parquet's status column.
const (
	StatusOK          = "ok"
	StatusFailed      = "failed"
	StatusTimeout     = "timeout"
	StatusUnavailable = "unavailable"
)

// variant is an opened line of the suite and what has become of it.
type variant struct {
	spec encoders.Spec
	pipe *preprocess.Pipeline
	tok  *tokenize.Tokenizer
	enc  encoders.Encoder
	in   *resident // what enc is, perhaps under something that watches it
	info encoders.Info

	given map[string]*precomputed.Tables // by dataset: embeddings that were made elsewhere, in place of enc, pipe and tok

	proof *encoders.Proof // where it ran, of runtimes that say so

	// What its image and its text embeddings depend on besides their inputs. Variants with
	// equal keys share the work.
	imageKey, textKey string

	shuffled bool // of the noise floor: items go in another order within a chunk

	mu             sync.Mutex
	status, reason string
}

// opaque tells whether what comes before the embeddings is out of sight: they were made elsewhere,
// or the encoder takes files.
func (v *variant) opaque() bool { return v.pipe == nil || v.info.Files }

// pixels are n pictures as the variant's encoder takes them: tensors, or their files.
func (v *variant) pixels(n int, data []float32, files [][]byte) encoders.Pixels {
	if v.info.Files {
		return encoders.Pixels{N: n, Files: files}
	}
	return encoders.Pixels{N: n, Size: v.info.ImageSize, Data: data}
}

func (v *variant) ok() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.status == StatusOK
}

// fail records why the variant ended; the first reason stays.
func (v *variant) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.status != StatusOK {
		return
	}
	v.status, v.reason = statusOf(err), reason(err)
}

func statusOf(err error) string {
	switch {
	case errors.Is(err, encoders.ErrUnavailable), errors.Is(err, preprocess.ErrUnavailable), errors.Is(err, indexes.ErrUnavailable):
		return StatusUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return StatusTimeout
	}
	return StatusFailed
}

// reason is an error in one line, without the marks that the status already says.
func reason(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	s = strings.TrimPrefix(s, errElsewhere.Error()+": ")
	for _, mark := range []error{encoders.ErrUnavailable, adapters.ErrMissing} {
		s = strings.ReplaceAll(s, mark.Error()+": ", "")
	}
	return s
}

// opener opens variants; encoders that differ in nothing an encoder sees are opened once.
type opener struct {
	env    encoders.Env
	place  []string // CPU and build: what every result depends on
	shared map[string]*resident
	memory int64     // bytes that encoders which are open at once may take; 0: any
	first  *resident // that was opened: it stays open
	groups []*group  // of the others, in the order in which they were opened; the last is open
	lib    *ort.Library
	libErr error
	once   sync.Once
	pipes  pipelines.Maker
	toks   map[string]*tokenize.Tokenizer // with CLIP's vocabulary, by mode
}

func newOpener(env encoders.Env, place ...string) *opener {
	o := &opener{env: env, place: place, shared: map[string]*resident{}, toks: map[string]*tokenize.Tokenizer{}}
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
	v := &variant{spec: spec, status: StatusOK}
	if err := o.fill(ctx, v, context, name); err != nil {
		v.fail(err)
	}
	return v
}

func (o *opener) fill(ctx context.Context, v *variant, context int, name string) (err error) {
	if v.in, err = o.encoder(ctx, v.spec, name); err != nil {
		return err
	}
	v.enc = v.in
	v.info = v.enc.Info()
	if v.pipe, err = o.pipes.Lookup(v.spec.Preprocess, pipelines.Options{Size: v.info.ImageSize, Mean: v.info.Inputs.Mean, Std: v.info.Inputs.Std}); err != nil {
		return fmt.Errorf("preprocess %s: %w", v.spec.Preprocess, err)
	}
	if v.tok, err = o.tokenizer(v.spec.Tokenizer, v.info.Inputs.Vocab); err != nil {
		return fmt.Errorf("tokenizer %s: %w", v.spec.Tokenizer, err)
	}
	if v.info.Files {
		v.imageKey = o.key(v.info.ImageKey, "files")
	} else {
		v.imageKey = o.imageKey(v.info, v.pipe)
	}
	v.textKey = o.textKey(v.info, v.tok, context)
	return nil
}

// tokenizer is of the model's own vocabulary where it has one; those of CLIP's share what they learn.
func (o *opener) tokenizer(mode string, own *tokenize.Vocab) (*tokenize.Tokenizer, error) {
	if own != nil {
		return tokenize.NewWithVocab(tokenize.Mode(mode), own)
	}
	if tok := o.toks[mode]; tok != nil {
		return tok, nil
	}
	tok, err := tokenize.New(tokenize.Mode(mode))
	if err == nil {
		o.toks[mode] = tok
	}
	return tok, err
}

// key is what a result that hangs on parts is kept under.
func (o *opener) key(parts ...string) string { return Key(slices.Concat(parts, o.place)...) }

func (o *opener) imageKey(info encoders.Info, pipe *preprocess.Pipeline) string {
	return o.key(info.ImageKey, pipe.Key())
}

func (o *opener) textKey(info encoders.Info, tok *tokenize.Tokenizer, context int) string {
	return o.key(info.TextKey, tok.Key(), fmt.Sprint(context))
}

func (o *opener) encoder(ctx context.Context, spec encoders.Spec, name string) (*resident, error) {
	same := spec
	same.Name, same.Preprocess, same.Tokenizer = "shared", "", "openai"
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
	return errors.Join(append(errs, o.pipes.Close())...)
}

// job is work that one or more variants share, with the time it has had.
type job struct {
	key      string
	variants []*variant

	mu   sync.Mutex
	left time.Duration
}

// jobs groups the live variants that encode by key, in the order of the suite.
func jobs(variants []*variant, key func(*variant) string, timeout time.Duration) []*job {
	byKey := map[string]*job{}
	var out []*job
	for _, v := range variants {
		if !v.ok() || v.enc == nil {
			continue
		}
		j := byKey[key(v)]
		if j == nil {
			j = &job{key: key(v), left: timeout}
			byKey[j.key] = j
			out = append(out, j)
		}
		j.variants = append(j.variants, v)
	}
	return out
}

func (j *job) ok() bool { return j.variants[0].ok() }

// do runs f within what is left of the job's time, perhaps beside other calls of it; its failure
// is each variant's. A job that has failed does nothing more.
func (j *job) do(ctx context.Context, f func(ctx context.Context, v *variant) error) error {
	if !j.ok() {
		return nil
	}
	j.mu.Lock()
	left := j.left
	j.mu.Unlock()
	within, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	start := time.Now()
	err := f(within, j.variants[0])
	j.mu.Lock()
	j.left -= time.Since(start)
	j.mu.Unlock()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // the whole run was stopped: nobody's fault
	}
	for _, v := range j.variants {
		v.fail(err)
	}
	return nil
}
