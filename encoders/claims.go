package encoders

import (
	"fmt"

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
	f := e.info.Inputs.folder
	faults := append([]string(nil), f.Faults...)
	for _, t := range []struct {
		name string
		*tower
	}{{"image", e.image}, {"text", e.text}} {
		if t.tower == nil {
			continue
		}
		if said, is := f.Activation[t.name], t.graph.Activation; said != "" && is != "" && said != is {
			faults = append(faults, fmt.Sprintf("%s says %s, the %s tower's graph has %s", f.Claims, said, t.name, is))
		}
	}
	if p := f.Pictures; p != nil && p.Size != e.info.ImageSize {
		faults = append(faults, fmt.Sprintf("%s makes pictures of %d pixels, the image tower takes %d", f.From, p.Size, e.info.ImageSize))
	}
	if f.PicturesErr != nil {
		faults = append(faults, fmt.Sprintf("its pictures cannot be prepared as its files say: %v", f.PicturesErr))
	}
	e.info.Faults = faults
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
