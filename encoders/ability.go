package encoders

import (
	"context"
	"time"

	"github.com/fastclip/fastclip/encoders/blocks"
)

// As finds an optional ability of an encoder, such as ServerClock, beneath its decorators.
func As[T any](enc Encoder) (T, bool) {
	for {
		if able, ok := enc.(T); ok {
			return able, true
		}
		outer, ok := enc.(interface{ Unwrap() Encoder })
		if !ok {
			var none T
			return none, false
		}
		enc = outer.Unwrap()
	}
}

// Unwrap returns the encoder inside the decorator.
func (b *batched) Unwrap() Encoder { return b.Encoder }
func (t *trimmed) Unwrap() Encoder { return t.Encoder }
func (c *checked) Unwrap() Encoder { return c.Encoder }

// ServerClock is an encoder whose server reports its computing time.
type ServerClock interface {
	// ServerTime is what each tower has computed so far. The difference of two readings around a call is
	// the call's computing time; the rest of the call is transport. ok is false when the server does not
	// report it.
	ServerTime(ctx context.Context) (image, text time.Duration, ok bool)
}

// Inside is an encoder whose graphs can be taken apart. Encoders of ONNX files are.
type Inside interface {
	// ImageTower and TextTower are the graphs with their inputs for items.
	ImageTower(px Pixels) (blocks.Tower, error)
	TextTower(tk Tokens) (blocks.Tower, error)
}
