package blocks

import "github.com/fastclip/fastclip/encoders/ort"

// Tower is a graph and its inputs for some items.
type Tower struct {
	Data    []byte // the ONNX file
	Folder  string // of its external data; "" of a model in memory
	Output  string // that counts
	Fixed   int    // items that the graph insists on, or 0
	Inputs  map[string]ort.Tensor
	Options ort.Options // of sessions of its parts
	Library *ort.Library
}

// Work is told how many pieces of work there are, and of each that is done; both may be nil.
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
