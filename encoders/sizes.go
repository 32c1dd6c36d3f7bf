package encoders

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// What a model may say of its own sizes. A file, a configuration and a server can say anything, and
// memory is taken by what they say: these bounds come first.
const (
	MaxDim     = 1 << 14 // values of an embedding
	MaxSide    = 1 << 12 // pixels of a picture's side
	MaxContext = 1 << 16 // tokens of a text
	MaxBatch   = 1 << 16 // items of a call
	MaxThreads = 1 << 12 // of a call
	MaxCall    = 1 << 30 // bytes of a call's inputs, and of its outputs
	inHand     = 32      // pictures that a run prepares at once, in batches of any size
)

// Within returns a size that somebody else claims, if a model can have such a size.
func Within(what string, said int64, most int) (int, error) {
	if said < 1 || said > int64(most) {
		return 0, fmt.Errorf("%s is %d: want 1 to %d", what, said, most)
	}
	return int(said), nil
}

// CheckCall tells whether the inputs and outputs of a call with so many items fit into memory. There are at most
// MaxBatch items; context 0 means that the caller chooses it.
func (i Info) CheckCall(items, context int) error {
	for _, x := range []struct {
		what  string
		items int
		bytes int // of each
	}{
		{fmt.Sprintf("pictures of side %d", i.ImageSize), max(items, inHand), 4 * 3 * i.ImageSize * i.ImageSize},
		{fmt.Sprintf("texts of %d tokens", context), items, 8 * context},
		{fmt.Sprintf("embeddings of %d values", i.Dim), items, 4 * i.Dim},
	} {
		if all := x.items * x.bytes; all > MaxCall {
			return fmt.Errorf("%d %s take %s: want at most %s, with a smaller batch or another model",
				x.items, x.what, humanize.IBytes(uint64(all)), humanize.IBytes(MaxCall))
		}
	}
	return nil
}
