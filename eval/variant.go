package eval

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/precomputed"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/redact"
	"github.com/fastclip/fastclip/internal/store"
)

// variant is an opened line of the suite and what has become of it.
type variant struct {
	spec     encoders.Spec
	pipe     *preprocess.Pipeline
	tok      encoders.Tokenizer
	context  int   // ids in a row
	wordless error // why it has no ids of texts
	enc      encoders.Encoder
	in       *resident // what enc is, perhaps under something that watches it
	info     encoders.Info

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
	return v.status == store.StatusOK
}

// fail records why the variant ended; the first reason stays.
func (v *variant) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.status != store.StatusOK {
		return
	}
	v.status, v.reason = statusOf(err), redact.Secrets(reason(err), v.spec.Secrets())
}

func statusOf(err error) string {
	switch {
	case errors.Is(err, encoders.ErrUnavailable), errors.Is(err, picture.ErrUnavailable), errors.Is(err, indexes.ErrUnavailable):
		return store.StatusUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return store.StatusTimeout
	}
	return store.StatusFailed
}

// maxReason is the longest reason that is kept, of an error that repeats what somebody else said.
const maxReason = 4000

// reason is an error in one line, without the marks that the status already says, and without the
// secrets of addresses.
func reason(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	s = strings.TrimPrefix(s, errElsewhere.Error()+": ")
	for _, mark := range []error{encoders.ErrUnavailable, adapters.ErrMissing} {
		s = strings.ReplaceAll(s, mark.Error()+": ", "")
	}
	if s = redact.Text(s); len(s) > maxReason {
		s = strings.ToValidUTF8(s[:maxReason], "") + " ..."
	}
	return s
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
