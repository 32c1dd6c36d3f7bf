package variants

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
)

// Single is one variant of a suite that is opened outside a run. It is not safe for concurrent use.
type Single struct {
	opener  *Opener
	variant *Variant
}

// OpenSingle opens the variant with the given name in s. If the variant cannot run here, the error wraps
// machine.ErrUnavailable.
func OpenSingle(ctx context.Context, s *suite.Suite, name string, env encoders.Env) (*Single, error) {
	at := slices.IndexFunc(s.Variants, func(v encoders.Spec) bool { return v.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("no variant %q in suite %s (it has %s)", name, s.Name, strings.Join(s.VariantNames(), ", "))
	}
	one := &Single{opener: NewOpener(env), variant: &Variant{Spec: s.Variants[at], Status: store.StatusOK}}
	if err := one.opener.fill(ctx, one.variant, s.Context, ""); err != nil {
		return nil, errors.Join(fmt.Errorf("variant %s: %w", name, err), one.Close())
	}
	return one, nil
}

// Batch is the number of items per call.
func (s *Single) Batch() int { return s.variant.Spec.Batch }

// Faults are contradictions between the model's files, or between its files and its graphs.
func (s *Single) Faults() []string { return s.variant.Info.Faults }

// PixelsLen is the length of Pixels.
func (s *Single) PixelsLen() int { return s.variant.Pipe.Len() }

// TakesFiles tells whether the encoder takes picture files instead of Pixels.
func (s *Single) TakesFiles() bool { return s.variant.Info.Files }

// Files embeds picture files.
func (s *Single) Files(ctx context.Context, files [][]byte) (encoders.Embeddings, error) {
	return s.variant.Enc.EncodeImages(ctx, encoders.Pixels{N: len(files), Files: files})
}

// Pixels is the content of a picture file as the variant's pipeline prepares it, 3 x S x S.
func (s *Single) Pixels(file []byte) ([]float32, error) {
	out := make([]float32, s.variant.Pipe.Len())
	return out, s.variant.Pipe.Run(file, out, nil)
}

// Images embeds n pictures. pixels holds the Pixels of all of them, one after the other.
func (s *Single) Images(ctx context.Context, n int, pixels []float32) (encoders.Embeddings, error) {
	return s.variant.Enc.EncodeImages(ctx, encoders.Pixels{N: n, Size: s.variant.Info.ImageSize, Data: pixels})
}

// Texts embeds texts, cut to the suite's context.
func (s *Single) Texts(ctx context.Context, texts []string) (encoders.Embeddings, error) {
	if s.variant.wordless != nil {
		return encoders.Embeddings{}, fmt.Errorf("variant %s: %w", s.variant.Spec.Name, s.variant.wordless)
	}
	tk, _, err := s.variant.Tok.Tokens(ctx, texts, s.variant.Context)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	return s.variant.Enc.EncodeTexts(ctx, tk)
}

// Close closes the encoder and what it ran on.
func (s *Single) Close() error { return s.opener.Close() }
