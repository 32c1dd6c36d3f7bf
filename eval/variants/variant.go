// Package variants opens the variants of a suite and records what becomes of each.
package variants

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/eval/variants/precomputed"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/redact"
	"github.com/fastclip/fastclip/internal/store"
)

// Variant is an opened variant of the suite, with what has become of it.
type Variant struct {
	Spec     encoders.Spec
	Pipe     *preprocess.Pipeline
	Tok      encoders.Tokenizer
	Context  int   // number of ids in a row
	wordless error // why its texts have no ids
	Enc      encoders.Encoder
	Lazy     *Lazy // the encoder behind enc, which may be wrapped by something that watches it
	Info     encoders.Info

	Precomputed map[string]*precomputed.Tables // by dataset: embeddings made elsewhere, which replace enc, pipe and tok

	Proof *encoders.Proof // where it ran, for runtimes that tell

	// The keys name what the image and the text embeddings depend on besides their inputs. Variants with
	// equal keys share the work.
	ImageKey, TextKey string

	Saturation *float64 // mean |a-b| from kernels that cut no sums off, when sums can be cut off here

	Busy atomic.Int64 // nanoseconds of its calls so far; the first variant counts shared work

	Shuffled bool // for the noise floor: items go in another order within a chunk

	mu             sync.Mutex
	Status, Reason string
}

// Opaque tells whether nothing is known about the steps before the embeddings. They were made elsewhere,
// or the encoder takes files.
func (v *Variant) Opaque() bool { return v.Pipe == nil || v.Info.Files }

// Tokens converts texts to the ids that the variant's tower takes.
func (v *Variant) Tokens(ctx context.Context, texts []string) (encoders.Tokens, error) {
	tk, _, err := v.Tok.Tokens(ctx, texts, v.Context)
	return tk, err
}

// Pixels are n pictures in the form that the variant's encoder takes: tensors or files.
func (v *Variant) Pixels(n int, data []float32, files [][]byte) encoders.Pixels {
	if v.Info.Files {
		return encoders.Pixels{N: n, Files: files}
	}
	return encoders.Pixels{N: n, Size: v.Info.ImageSize, Data: data}
}

func (v *Variant) OK() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.Status == store.StatusOK
}

// Fail records why the variant ended. Only the first reason is kept.
func (v *Variant) Fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Status != store.StatusOK {
		return
	}
	v.Status, v.Reason = StatusOf(err), redact.Secrets(Reason(err), v.Spec.Secrets())
}

// FailAs records that the variant ended elsewhere, and how. Only the first reason is kept.
func (v *Variant) FailAs(status, reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Status == store.StatusOK {
		v.Status, v.Reason = status, reason
	}
}

func StatusOf(err error) string {
	switch {
	case errors.Is(err, machine.ErrUnavailable):
		return store.StatusUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return store.StatusTimeout
	}
	return store.StatusFailed
}

// maxReason is the longest reason that is kept. Some errors repeat what another program said.
const maxReason = 4000

// Reason is an error in one line. It leaves out the marks that the status already shows, and the secrets
// in addresses.
func Reason(err error) string {
	s := strings.Join(strings.FieldsFunc(strings.ToValidUTF8(err.Error(), "?"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	s = strings.TrimPrefix(s, errElsewhere.Error()+": ")
	for _, mark := range []error{machine.ErrUnavailable, python.ErrMissing} {
		s = strings.ReplaceAll(s, mark.Error()+": ", "")
	}
	if s = redact.Text(s); len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + " ..."
	}
	return s
}

// Job is work that one or more variants share. Each of its calls has a time limit.
type Job struct {
	Key      string
	Variants []*Variant
	Timeout  time.Duration
}

// Jobs groups the encoding variants that have not failed by key, in the order of the suite.
func Jobs(variants []*Variant, key func(*Variant) string, timeout time.Duration) []*Job {
	byKey := map[string]*Job{}
	var out []*Job
	for _, v := range variants {
		if !v.OK() || v.Enc == nil {
			continue
		}
		j := byKey[key(v)]
		if j == nil {
			j = &Job{Key: key(v), Timeout: timeout}
			byKey[j.Key] = j
			out = append(out, j)
		}
		j.Variants = append(j.Variants, v)
	}
	return out
}

func (j *Job) OK() bool { return j.Variants[0].OK() }

// Do runs f, one call, within the job's time limit, possibly beside other calls of the job. If it fails, each of
// its variants fails. After a failure, the job does nothing more.
func (j *Job) Do(ctx context.Context, f func(ctx context.Context, v *Variant) error) error {
	if !j.OK() {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	start := time.Now()
	err := f(within, j.Variants[0])
	j.Variants[0].Busy.Add(int64(time.Since(start)))
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err() // the whole run was stopped, which is nobody's fault
	}
	for _, v := range j.Variants {
		v.Fail(err)
	}
	return nil
}
