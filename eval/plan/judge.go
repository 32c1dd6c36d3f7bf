package plan

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
)

// mixFile holds the two files of a step.
type mixFile [2][]byte

// judgeSteps runs the steps and the finished folder on the items to judge on, and times them in turn
// again. All decisions were made before, so these figures influenced none.
func (p *planner) judgeSteps(ctx context.Context) error {
	files := []mixFile{{p.towers[0].ref.Data, p.towers[1].ref.Data}, {}}
	for a, t := range p.towers { // int8 as models derive makes it
		var err error
		if files[1][a], err = t.schemes[schemeInt8].mixer.Mixed(t.matrices(t.schemes[schemeInt8]), false); err != nil {
			return err
		}
	}
	rows := []Step{{Name: "reference"}, {Name: schemeInt8}}
	for i, c := range p.combos {
		row := p.row(fmt.Sprintf("step %d", i), c)
		row.Chosen = i == p.chosen
		rows, files = append(rows, row), append(files, mixFile{c.mixes[0].file, c.mixes[1].file})
	}
	made := p.row("made", p.combos[p.chosen])
	made.Chosen = true
	var own mixFile
	for a, t := range p.towers {
		var err error
		if own[a], err = os.ReadFile(filepath.Join(p.cfg.Out, t.name+".onnx")); err != nil {
			return err
		}
	}
	p.out.Steps, files = append(rows, made), append(files, own)
	if err := p.runSteps(ctx, files); err != nil {
		return err
	}
	made = p.out.Made()
	p.out.Possible = made.Met && p.out.Fits(made.Time.Value) && made.Count < made.Of
	return nil
}

// row describes which products a pair keeps.
func (p *planner) row(name string, c combo) Step {
	row := Step{Name: name}
	for a, t := range p.towers {
		m := c.mixes[a]
		scheme, takes := "", t.best.takes
		if m.scheme != nil {
			scheme, takes = m.scheme.name, m.scheme.takes
		}
		row.Schemes = append(row.Schemes, scheme)
		for k := range takes {
			if takes[k] {
				row.Of++
			}
			if takes[k] && m.keep[k] {
				row.Count++
			}
		}
		row.Kept = append(row.Kept, named(t, takes, m.keep)...)
	}
	return row
}

// named lists the kept parts: the whole tower, whole kinds by their name, and otherwise products by block
// and kind.
func named(t *tower, takes, keep []bool) []string {
	var out []string
	whole := true
	for _, kind := range blocks.KindsOf(t.products) {
		all, some := true, []string{}
		for i, x := range t.products {
			if x.Kind != kind || !takes[i] {
				continue
			}
			if all = all && keep[i]; keep[i] {
				name := x.Kind
				if x.Block != "" {
					name = x.Block + "." + x.Kind
				}
				some = append(some, name)
			}
		}
		whole = whole && all
		if all && len(some) > 0 {
			some = []string{t.name + " " + kind}
		}
		out = append(out, some...)
	}
	if whole && len(out) > 0 {
		return []string{"the " + t.name + " tower"}
	}
	return out
}

// runSteps times the files of all steps in turn, and runs them on the items to judge on. The time of a row is that
// of a picture and a text. The last row is that of the folder.
func (p *planner) runSteps(ctx context.Context, files []mixFile) error {
	var rounds [2][][]float64
	got := make([][2]encoders.Embeddings, len(files))
	for a, t := range p.towers {
		p.progress.Phase("timing and judging, "+t.name+" tower", len(files))
		var of [][]byte
		for _, f := range files {
			of = append(of, f[a])
		}
		var err error
		rounds[a], err = p.inTurn(ctx, a, of, 5*time.Second, func(i int, q *ort.Probe) (err error) {
			got[i][a], err = p.encode(ctx, a, q, &p.judge)
			p.progress.Add(1)
			return err
		})
		if err != nil {
			return err
		}
	}
	base := sums(rounds[0][1], rounds[1][1])
	for i, f := range files {
		took, row := sums(rounds[0][i], rounds[1][i]), &p.out.Steps[i]
		row.Bytes = int64(len(f[0]) + len(f[1]))
		row.Millis, row.Time = median(took), ratio(base, took)
		row.Figures = figuresOf(got[i][0], got[i][1], got[0][0], got[0][1])
		if i == len(files)-1 {
			var err error
			if row.Figures, err = p.judgeMade(ctx, got[0]); err != nil {
				return err
			}
		}
		row.Met = i > 0 && p.cfg.Budget.met(row.Figures, p.out.Steps[1].Figures)
	}
	return nil
}

// judgeBatch is the number of items per call while judging, as in suites.
const judgeBatch = 32

// encode computes a tower's embeddings of items in a session.
func (p *planner) encode(ctx context.Context, a int, probe *ort.Probe, of *items) (out encoders.Embeddings, err error) {
	t := p.towers[a]
	out.N = p.count(t, of)
	for from := 0; from < out.N; from += judgeBatch {
		in, err := p.inputs(t, of, from, min(from+judgeBatch, out.N))
		if err != nil {
			return out, err
		}
		got, err := probe.Run(ctx, in)
		if err != nil {
			return out, err
		}
		out.Data = append(out.Data, got[t.ref.Output].Float32...)
	}
	out.Dim = len(out.Data) / max(out.N, 1)
	return out, nil
}

// batch is a range of a set's items, as a tower takes them.
type batch struct {
	tower    string
	of       *items
	from, to int
}

// inputs are a tower's inputs for items. Making them can mean reading the model again, so they are kept.
func (p *planner) inputs(t *tower, of *items, from, to int) (map[string]ort.Tensor, error) {
	key := batch{t.name, of, from, to}
	if in := p.fed[key]; in != nil {
		return in, nil
	}
	var x blocks.Tower
	var err error
	if t.text {
		x, err = p.inside.TextTower(of.tokens.Slice(from, to))
	} else {
		px := encoders.Pixels{N: of.pictures, Size: p.ref.Info.ImageSize, Data: of.pixels}
		x, err = p.inside.ImageTower(px.Slice(from, to))
	}
	if err != nil {
		return nil, err
	}
	p.fed[key] = x.Inputs
	return x.Inputs, nil
}

// judgeMade opens the folder as suites do, and judges it like the steps. want is what the reference's steps gave.
func (p *planner) judgeMade(ctx context.Context, want [2]encoders.Embeddings) (Figures, error) {
	spec := encoders.Spec{Name: "made", Model: p.cfg.Out, Precision: p.precision()}.WithDefaults()
	v := p.opener.Open(ctx, spec, 0)
	if !v.OK() {
		return Figures{}, fmt.Errorf("the model that was made cannot be opened: %s", v.Reason)
	}
	if v.Tok.Key() != p.ref.Tok.Key() || v.Info.ImageSize != p.ref.Info.ImageSize {
		return Figures{}, fmt.Errorf("%s takes other inputs than %s: copy the model's tokenizer and preprocessing files into it", p.cfg.Out, p.cfg.Model)
	}
	px := encoders.Pixels{N: p.judge.pictures, Size: p.ref.Info.ImageSize, Data: p.judge.pixels}
	images, err := v.Enc.EncodeImages(ctx, px)
	if err != nil {
		return Figures{}, err
	}
	texts, err := v.Enc.EncodeTexts(ctx, p.judge.tokens)
	if err != nil {
		return Figures{}, err
	}
	return figuresOf(images, texts, want[0], want[1]), nil
}
