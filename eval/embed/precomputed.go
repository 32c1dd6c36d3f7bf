package embed

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/eval/variants/precomputed"
)

// TakePrecomputed takes a dataset's embeddings from the variants that bring them. A variant with a missing
// embedding fails, because its scores would be for another gallery.
func (s *Set) TakePrecomputed(all []*variants.Variant) {
	for _, v := range all {
		t := v.Precomputed[s.Spec.Name]
		if !v.OK() || t == nil {
			continue
		}
		images := gather{table: t.Image}
		for _, im := range s.Good {
			images.add(im.Name, im.ID, im.Name)
		}
		texts := gather{table: t.Text}
		for _, text := range s.Texts {
			texts.add(text.Text, text.ID, text.Text)
		}
		var prompts gather
		if s.Zero != nil {
			prompts.table = t.Text
			for _, p := range s.Zero.Prompts {
				prompts.add(p, p)
			}
		}
		for i, g := range []gather{images, texts, prompts} {
			if g.missing > 0 {
				what := [...]string{"pictures", "texts", "prompts of its templates"}[i]
				v.Fail(fmt.Errorf("%d of the %d %s of %s have no embeddings, such as %q", g.missing, g.missing+g.out.N, what, s.Spec.Name, g.first))
			}
		}
		if !v.OK() {
			continue
		}
		s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey] = images.out, texts.out
		if s.Zero != nil {
			s.Zero.Emb[v.TextKey] = prompts.out
		}
	}
}

// gather collects embeddings in order.
type gather struct {
	table   *precomputed.Table
	out     encoders.Embeddings
	missing int
	first   string // the first missing one
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
