package eval

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants/precomputed"
)

// takePrecomputed takes a dataset's embeddings from the variants that bring them. One that lacks any
// fails: its scores would be of another gallery than the others'.
func (r *run) takePrecomputed(s *set) {
	for _, v := range r.variants {
		t := v.Precomputed[s.spec.Name]
		if !v.OK() || t == nil {
			continue
		}
		images := gather{table: t.Image}
		for _, im := range s.good {
			images.add(im.Name, im.ID, im.Name)
		}
		texts := gather{table: t.Text}
		for _, text := range s.texts {
			texts.add(text.Text, text.ID, text.Text)
		}
		var prompts gather
		if s.zero != nil {
			prompts.table = t.Text
			for _, p := range s.zero.prompts {
				prompts.add(p, p)
			}
		}
		for i, g := range []gather{images, texts, prompts} {
			if g.missing > 0 {
				what := [...]string{"pictures", "texts", "prompts of its templates"}[i]
				v.Fail(fmt.Errorf("no embeddings of %d of the %d %s of %s: first: %q", g.missing, g.missing+g.out.N, what, s.spec.Name, g.first))
			}
		}
		if !v.OK() {
			continue
		}
		s.imageEmb[v.ImageKey], s.textEmb[v.TextKey] = images.out, texts.out
		if s.zero != nil {
			s.zero.emb[v.TextKey] = prompts.out
		}
	}
}

// gather collects embeddings in order.
type gather struct {
	table   *precomputed.Table
	out     encoders.Embeddings
	missing int
	first   string // that is missing
}

func (g *gather) add(name string, ids ...string) {
	row, ok := g.table.Find(ids...)
	if !ok {
		if g.missing++; g.missing == 1 {
			g.first = name
		}
		return
	}
	g.out.N, g.out.Dim = g.out.N+1, len(row)
	g.out.Data = append(g.out.Data, row...)
}
