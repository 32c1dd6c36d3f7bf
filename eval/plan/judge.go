package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
)

// Counts are how many pictures and texts.
type Counts struct {
	Pictures int `json:"pictures"`
	Texts    int `json:"texts"`
}

// Whole is a scheme of everything in a tower that it can take, on the items to choose on.
type Whole struct {
	Tower  string  `json:"tower"`
	Scheme string  `json:"scheme"`
	Drift  float64 `json:"mean_abs"`
	Bytes  int64   `json:"bytes"`
}

// Step is a line of the table: a mix, judged on items that nothing was chosen on.
type Step struct {
	Name   string   `json:"name"`
	Kept   []string `json:"kept"` // products in the reference's precision
	Of     int      `json:"of"`   // products that could be in low precision
	Count  int      `json:"kept_products"`
	Chosen bool     `json:"chosen"`
	Figures
	Millis Interval `json:"ms"`      // an item: a picture and a text, of one thread
	Time   Interval `json:"of_int8"` // as a share of int8's, round by round
	Bytes  int64    `json:"bytes"`
	Met    bool     `json:"budget_met"`
}

// Result is a plan.
type Result struct {
	Model        string            `json:"model"`
	Budget       string            `json:"budget"`
	Class        string            `json:"cpu_class"`
	Saturates    bool              `json:"cpu_saturates"`
	Schemes      map[string]string `json:"schemes"` // that were taken, by tower
	Chosen       Counts            `json:"items_to_choose_on"`
	Judged       Counts            `json:"items_to_judge_on"`
	Wholes       []Whole           `json:"schemes_of_everything"`
	Costs        []Cost            `json:"parts"`
	Interactions []Interaction     `json:"interactions"`
	Steps        []Step            `json:"steps"`
	Possible     bool              `json:"possible"` // some step within the budget keeps less than everything
	Out          string            `json:"folder"`

	steps  []step
	chosen int
}

// mixFile is a step's two files.
type mixFile [2][]byte

// judgeSteps runs the steps on the items to judge on, and times them in turn.
func (p *planner) judgeSteps(ctx context.Context) error {
	p.out.Schemes = map[string]string{}
	for _, t := range p.towers {
		p.out.Schemes[t.name] = t.best.name
		if t.best.probe != nil { // its session is as large as the model
			if err := t.best.probe.Close(); err != nil {
				return err
			}
			t.best.probe = nil
		}
	}
	files := []mixFile{{p.towers[0].ref.Data, p.towers[1].ref.Data}, {}}
	for a, t := range p.towers { // int8 as models derive makes it
		var err error
		if files[1][a], err = t.mix(t.schemes["int8"], t.matrices(t.schemes["int8"])); err != nil {
			return err
		}
	}
	rows := []Step{{Name: "reference"}, {Name: "int8"}}
	for i, s := range p.out.steps {
		var f mixFile
		row := Step{Name: fmt.Sprintf("step %d", i), Chosen: i == p.out.chosen}
		for a, t := range p.towers {
			on := make([]bool, len(t.products))
			for k, takes := range t.best.takes {
				on[k] = takes && !s.keep[a][k]
				if takes {
					row.Of++
				}
				if takes && s.keep[a][k] {
					row.Count++
				}
			}
			row.Kept = append(row.Kept, named(t, s.keep[a])...)
			var err error
			if f[a], err = t.mix(t.best, on); err != nil {
				return err
			}
		}
		files, rows = append(files, f), append(rows, row)
	}
	p.progress.Phase("judging", len(files))
	var want [2]encoders.Embeddings
	for i, f := range files {
		var got [2]encoders.Embeddings
		for a := range p.towers {
			var err error
			if got[a], err = p.encode(ctx, a, f[a]); err != nil {
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
	p.out.Steps = rows
	return p.timeSteps(ctx, files)
}

// named are the parts that are kept: whole kinds by their name, else products by block and kind.
func named(t *tower, keep []bool) []string {
	var out []string
	for _, kind := range blocks.KindsOf(t.products) {
		all, some := true, []string{}
		for i, x := range t.products {
			if x.Kind != kind || !t.best.takes[i] {
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
		if all && len(some) > 0 {
			some = []string{t.name + " " + kind}
		}
		out = append(out, some...)
	}
	return out
}

// timeSteps times all files of each tower in turn. A row's time is that of a picture and a text.
func (p *planner) timeSteps(ctx context.Context, files []mixFile) error {
	p.progress.Phase("timing in turn", 2)
	sums := make([][]float64, len(files))
	for a := range p.towers {
		var of [][]byte
		for _, f := range files {
			of = append(of, f[a])
		}
		times, err := p.inTurn(ctx, a, of, 4*time.Second)
		if err != nil {
			return err
		}
		for i, t := range times {
			if sums[i] == nil {
				sums[i] = make([]float64, len(t))
			}
			for k := range min(len(sums[i]), len(t)) {
				sums[i][k] += t[k]
			}
			sums[i] = sums[i][:min(len(sums[i]), len(t))]
		}
		p.progress.Add(1)
	}
	for i := range files {
		p.out.Steps[i].Millis, p.out.Steps[i].Time = median(sums[i]), ratio(sums[1], sums[i])
		p.out.Steps[i].Met = i > 0 && p.cfg.Budget.met(p.out.Steps[i].Figures, p.out.Steps[1].Figures)
	}
	return nil
}

// judgeBatch is how many items a call has while judging, as in suites.
const judgeBatch = 32

// encode is a tower's embeddings of the items to judge on, from a file.
func (p *planner) encode(ctx context.Context, a int, file []byte) (out encoders.Embeddings, err error) {
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
	out.N = p.judge.pictures
	if a == 1 {
		out.N = p.judge.tokens.N
	}
	for from := 0; from < out.N; from += judgeBatch {
		to := min(from+judgeBatch, out.N)
		in, err := p.inputs(a, from, to)
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

// inputs are what a tower is given for items to judge on.
func (p *planner) inputs(a, from, to int) (map[string]ort.Tensor, error) {
	if a == 1 {
		t, err := p.inside.TextTower(p.judge.tokens.Slice(from, to))
		return t.Inputs, err
	}
	px := encoders.Pixels{N: p.judge.pictures, Size: p.ref.Info.ImageSize, Data: p.judge.pixels}
	t, err := p.inside.ImageTower(px.Slice(from, to))
	return t.Inputs, err
}

// possible tells whether a judged step within the budget keeps less than everything.
func (r *Result) possible() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Met && s.Of > 0 && s.Count < s.Of })
}
