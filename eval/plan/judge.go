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
	p.progress.Phase("judging", len(files)+1)
	var want [2]encoders.Embeddings
	for i, f := range files {
		var got [2]encoders.Embeddings
		for a := range p.towers {
			var err error
			if got[a], err = p.encode(ctx, a, f[a], &p.judge); err != nil {
				return err
			}
			rows[i].Bytes += int64(len(f[a]))
		}
		if i == 0 {
			want = got
		}
		rows[i].Figures = figuresOf(got[0], got[1], want[0], want[1])
		p.progress.Add(1)
	}
	made := p.row("made", p.combos[p.chosen])
	made.Chosen = true
	var err error
	if made.Figures, err = p.judgeMade(ctx); err != nil {
		return err
	}
	var own mixFile
	for a, t := range p.towers {
		if own[a], err = os.ReadFile(filepath.Join(p.cfg.Out, t.name+".onnx")); err != nil {
			return err
		}
		made.Bytes += int64(len(own[a]))
	}
	p.out.Steps = append(rows, made)
	if err := p.timeSteps(ctx, append(files, own)); err != nil {
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

// timeSteps times all files of each tower in turn. The time of a row is that of a picture and a text.
func (p *planner) timeSteps(ctx context.Context, files []mixFile) error {
	p.progress.Phase("timing in turn", 2)
	var rounds [2][][]float64
	for a := range p.towers {
		var of [][]byte
		for _, f := range files {
			of = append(of, f[a])
		}
		var err error
		if rounds[a], err = p.inTurn(ctx, a, of, 5*time.Second); err != nil {
			return err
		}
		p.progress.Add(1)
	}
	base := sums(rounds[0][1], rounds[1][1])
	for i := range files {
		took, row := sums(rounds[0][i], rounds[1][i]), &p.out.Steps[i]
		row.Millis, row.Time = median(took), ratio(base, took)
		row.Met = i > 0 && p.cfg.Budget.met(row.Figures, p.out.Steps[1].Figures)
	}
	return nil
}

// judgeBatch is the number of items per call while judging, as in suites.
const judgeBatch = 32

// encode computes a tower's embeddings of items from a file.
func (p *planner) encode(ctx context.Context, a int, file []byte, of *items) (out encoders.Embeddings, err error) {
	t := p.towers[a]
	probe, err := t.ref.Library.Probe(file, t.threads)
	if err != nil {
		return out, err
	}
	defer func() {
		if failed := probe.Close(); err == nil {
			err = failed
		}
	}()
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

// inputs are a tower's inputs for items.
func (p *planner) inputs(t *tower, of *items, from, to int) (map[string]ort.Tensor, error) {
	if t.text {
		x, err := p.inside.TextTower(of.tokens.Slice(from, to))
		return x.Inputs, err
	}
	px := encoders.Pixels{N: of.pictures, Size: p.ref.Info.ImageSize, Data: of.pixels}
	x, err := p.inside.ImageTower(px.Slice(from, to))
	return x.Inputs, err
}

// judgeMade opens the folder as suites do, and judges it like the steps.
func (p *planner) judgeMade(ctx context.Context) (Figures, error) {
	spec := encoders.Spec{Name: "made", Model: p.cfg.Out, Precision: p.precision()}.WithDefaults()
	v := p.opener.Open(ctx, spec, 0)
	if !v.OK() {
		return Figures{}, fmt.Errorf("the model that was made cannot be opened: %s", v.Reason)
	}
	if v.Tok.Key() != p.ref.Tok.Key() || v.Info.ImageSize != p.ref.Info.ImageSize {
		return Figures{}, fmt.Errorf("%s takes other inputs than %s: copy the model's tokenizer and preprocessing files into it", p.cfg.Out, p.cfg.Model)
	}
	px := encoders.Pixels{N: p.judge.pictures, Size: p.ref.Info.ImageSize, Data: p.judge.pixels}
	var got [4]encoders.Embeddings
	var err error
	for i, enc := range []encoders.Encoder{v.Enc, p.ref.Enc} {
		if got[2*i], err = enc.EncodeImages(ctx, px); err != nil {
			return Figures{}, err
		}
		if got[2*i+1], err = enc.EncodeTexts(ctx, p.judge.tokens); err != nil {
			return Figures{}, err
		}
	}
	p.progress.Add(1)
	return figuresOf(got[0], got[1], got[2], got[3]), nil
}
