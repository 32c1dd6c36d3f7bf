package encoders

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// graphFacts are what a tower's graph shows of itself besides its ports.
type graphFacts struct {
	Activation string // onnxfile.QuickGELU, onnxfile.GELU or ""
	Positions  int    // rows of its table of positions; 0: none was found

	Quantization onnxfile.Quantization
}

// claims compares what the folder's files say with the graphs: what does not agree is a fault. The
// graphs are what runs.
func (e *onnxEncoder) claims(m *Model) {
	f := &e.info.Inputs.folder
	for _, c := range f.Claims {
		t := map[string]*tower{"image": e.image, "text": e.text}[c.Tower]
		if t == nil {
			continue
		}
		number := 0
		switch c.What {
		case modeldir.WhatActivation:
			if is := t.graph.Activation; is != "" && c.Name != is {
				f.Faults = append(f.Faults, fmt.Sprintf("%s says %s, the %s tower's graph has %s", c.File, c.Name, c.Tower, is))
			}
		case modeldir.WhatContext:
			if number = t.length; number == 0 && m.dir != "" {
				number = t.graph.Positions
			}
		case modeldir.WhatDim:
			if number = e.info.Dim; t.pool != "" {
				number = 0 // a token's vector, before any projection
			}
		}
		if number > 1 && number != c.Number {
			f.Faults = append(f.Faults, fmt.Sprintf("%s says %s %d, the %s tower's graph has %d", c.File, c.What, c.Number, c.Tower, number))
		}
	}
	e.info.Faults = e.info.Inputs.judged(e.info.ImageSize)
	limits := []int{e.text.lengthOf()}
	if m.dir != "" { // the built-in models' tables are clipped on purpose
		limits = append(limits, e.text.positions())
	}
	for _, n := range limits {
		if in := &e.info.Inputs; n > 1 && (in.Context == 0 || n < in.Context) {
			in.Context = n
		}
	}
}

// judged are the faults of a folder whose image tower takes pictures of a size; 0: any.
func (i Inputs) judged(size int) []string {
	f := i.folder
	faults := append([]string(nil), f.Faults...)
	if p := f.Pictures; p != nil && size > 0 && p.Size != size {
		faults = append(faults, fmt.Sprintf("%s makes pictures of %d pixels, the image tower takes %d", f.From, p.Size, size))
	}
	for _, c := range f.Claims {
		if c.What == modeldir.WhatSize && size > 0 && c.Number != size && (f.Pictures == nil || c.File != f.From) {
			faults = append(faults, fmt.Sprintf("%s says %s %d, the image tower takes %d", c.File, c.What, c.Number, size))
		}
	}
	if f.PicturesErr != nil {
		faults = append(faults, fmt.Sprintf("its pictures cannot be prepared as its files say: %v", f.PicturesErr))
	}
	return faults
}

// lengthOf is the length of a row that the graph insists on, or 0.
func (t *tower) lengthOf() int {
	if t == nil {
		return 0
	}
	return t.length
}

func (t *tower) positions() int {
	if t == nil {
		return 0
	}
	return t.graph.Positions
}
