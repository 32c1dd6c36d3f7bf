package encoders

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

// Tokenizer turns texts into rows of ids for a model.
type Tokenizer interface {
	// Key names everything that the ids depend on besides the texts and the context.
	Key() string
	// Tokens makes rows of exactly context ids. cut tells which texts had more.
	Tokens(ctx context.Context, texts []string, context int) (tk Tokens, cut []bool, err error)
}

// CLIPTokenizer is a Tokenizer with CLIP's byte-pair encoding.
func CLIPTokenizer(t *tokenize.Tokenizer) Tokenizer { return clipTokenizer{t} }

type clipTokenizer struct{ own *tokenize.Tokenizer }

func (c clipTokenizer) Key() string { return c.own.Key() }

func (c clipTokenizer) Tokens(_ context.Context, texts []string, context int) (Tokens, []bool, error) {
	tk, cut := Tokens{N: len(texts), Len: context, IDs: c.own.EncodeAll(texts, context)}, make([]bool, len(texts))
	for i, text := range texts {
		if row := tk.IDs[i*context : (i+1)*context]; c.own.EOTIndex(row) == context-1 {
			cut[i] = c.own.EOTIndex(c.own.Encode(text, context+1)) == context
		}
	}
	return tk, cut, nil
}

// ModelTokenizer is the name in results for a tokenizer that is not CLIP's: the model's own.
const ModelTokenizer = "model"

// LibraryTokenizer is a Tokenizer of another kind than CLIP's.
func LibraryTokenizer(t *librarytok.Tokenizer) Tokenizer { return libraryTokenizer{t} }

type libraryTokenizer struct{ own *librarytok.Tokenizer }

func (l libraryTokenizer) Key() string { return l.own.Key() }

func (l libraryTokenizer) Tokens(ctx context.Context, texts []string, context int) (Tokens, []bool, error) {
	b, err := l.own.Encode(ctx, texts, context)
	if err != nil {
		return Tokens{}, nil, fmt.Errorf("tokenizer of the model: %w", unavailableHere(err))
	}
	return Tokens{N: len(texts), Len: context, IDs: b.IDs, Mask: b.Mask, Types: b.Types}, b.Cut, nil
}

// unavailableHere translates the mark of an adapter that cannot start into this package's mark.
func unavailableHere(err error) error {
	if errors.Is(err, python.ErrMissing) {
		return fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	return err
}
