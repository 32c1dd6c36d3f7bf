package blocks

import "github.com/fastclip/fastclip/encoders/ort"

// Tower is a graph and its inputs for some items.
type Tower struct {
	Data    []byte // the ONNX file
	Folder  string // folder of its external data; "" for a model in memory
	Output  string // the output to use
	Fixed   int    // number of items that the graph demands, or 0
	Inputs  map[string]ort.Tensor
	Options ort.Options // for sessions of its parts
	Library *ort.Library
}

// Work is told the number of pieces of work, and when each is done. Both functions may be nil.
type Work struct {
	Begin func(pieces int)
	Done  func()
}

func (w Work) begin(pieces int) {
	if w.Begin != nil {
		w.Begin(pieces)
	}
}

func (w Work) done() {
	if w.Done != nil {
		w.Done()
	}
}
