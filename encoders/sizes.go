package encoders

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// Upper bounds for the sizes that a model may claim. Files, configurations and servers can claim anything,
// and memory is allocated by their claims. So the bounds are checked first.
const (
	MaxDim     = 1 << 14 // values in an embedding
	MaxSide    = 1 << 12 // pixels of a picture's side
	MaxContext = 1 << 16 // tokens in a text
	MaxBatch   = 1 << 16 // items in a call
	MaxThreads = 1 << 12 // threads of a call
	MaxCall    = 1 << 30 // bytes of a call's inputs, and of its outputs
	inHand     = 32      // pictures that a run prepares at once, whatever the batch size
)

// Within returns a claimed size if a model can have it.
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
