package modelcheck

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/encoders"
)

// folder reports what the files say about the inputs, and what of it cannot be used, whatever the graphs
// are.
func (r *Report) folder(model *encoders.Model, p Pair) {
	pair := p.String()
	in, err := model.Inputs(p.Image, p.Text)
	switch {
	case err != nil:
		r.add(pair, "files", err.Error(), "", Fail)
		return
	case p.Text == "":
		r.add(pair, "towers", "an image tower alone: image to image only", "", Note)
	case in.Wordless != nil:
		r.add(pair, "tokenizer", in.Wordless.Error(), "", Fail)
	case in.Library != nil:
		r.add(pair, "tokenizer", in.TokenizerFile+", by Hugging Face's libraries", "", Note)
	case in.Vocab != nil:
		r.add(pair, "tokenizer", in.TokenizerFile+", CLIP's byte-pair encoding", "", Note)
	default:
		r.add(pair, "tokenizer", "no file says it: CLIP's own", "", Note)
	}
	switch h := in.Folder.Head; {
	case h.Err != nil:
		r.add(pair, "modules", h.Err.Error(), "", Fail)
	case h.Asked():
		r.add(pair, "modules", fmt.Sprintf("%d after the pooling, according to %s", len(h.Layers), h.File), "", Note)
	}
	switch {
	case in.Refused != nil:
		r.add(pair, "preprocessing", in.Refused.Error(), "", Fail)
	case in.Pictures != nil:
		r.add(pair, "preprocessing", fmt.Sprintf("%s of %d pixels", in.Pictures.Name, in.Pictures.Size), "", Note)
	default:
		r.add(pair, "preprocessing", "no file says it: "+encoders.DefaultPipeline, "", Note)
	}
	for i, f := range in.Folder.NotUsed {
		if i == mostNotUsed {
			r.add(pair, "not used", fmt.Sprintf("%d other files that say nothing that is read", len(in.Folder.NotUsed)-i), "", Note)
			break
		}
		r.add(pair, "not used", f, "", Note)
	}
}

// mostNotUsed is how many files without effect are named; a folder of a dataset may have thousands.
const mostNotUsed = 20

// agree reports contradictions between files and graphs.
func (p *probes) agree() error {
	info, pair := p.enc.Info(), p.pair.String()
	if !info.ImageOnly {
		p.add(pair, "context", fmt.Sprint(p.context), "", Note)
	}
	for _, f := range info.Faults {
		if refused := info.Inputs.Refused; refused == nil || !strings.HasSuffix(f, refused.Error()) {
			p.add(pair, "files agree", f, "", Fail)
		}
	}
	return nil
}

// alike is how far an item alone may differ from itself in a batch, as a share of the largest value. Sums
// are made in another order, and dynamic quantization takes its scales from the whole batch.
func (r *Report) alike(file string) float64 {
	switch kinds := r.kinds[file]; {
	case kinds["int8"] > 0 || kinds["uint8"] > 0:
		return 0.25
	case kinds["float16"] > 0 || kinds["bfloat16"] > 0:
		return 3e-2
	}
	return 1e-3
}

// outputs checks what no card has to claim: no embedding is zero, and not all are the same.
func (p *probes) outputs(what string, e encoders.Embeddings) {
	zeros, same := 0, true
	for i := range e.N {
		if norm(e.Row(i)) == 0 {
			zeros++
		}
		same = same && maxAbs(e.Row(i), e.Row(0)) == 0
	}
	if zeros > 0 {
		p.add(p.pair.String(), what+" output", fmt.Sprintf("%d of %d embeddings are zero vectors", zeros, e.N), "", Fail)
	}
	if same {
		p.add(p.pair.String(), what+" output", fmt.Sprintf("all %d embeddings are the same", e.N), "", Fail)
	}
}
