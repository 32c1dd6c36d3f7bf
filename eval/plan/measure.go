package plan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/metrics/stats"
)

// scheme is a way to lower a tower's precision, with a session in which every product can be switched.
type scheme struct {
	name    string
	file    []byte
	mixer   *blocks.Mixer
	takes   []bool // by product: whether the scheme computes it differently
	probe   *ort.Probe
	whole   float64   // mean_abs of all its products together
	plain   float64   // of all but embeddings, which models derive leaves unchanged
	time    Interval  // time of those, as a share of int8's
	millis  float64   // time of those per item
	singles []float64 // mean_abs of each product alone
}

// Cost is what a part of a tower costs in a scheme, and what it saves.
type Cost struct {
	Tower  string             `json:"tower"`
	Part   string             `json:"part"` // a kind of product, or a block
	Bytes  int64              `json:"saved_bytes_int8"`
	Millis *Interval          `json:"saved_ms,omitempty"` // for kinds: saving per item in the chosen scheme
	Drift  map[string]float64 `json:"mean_abs"`           // by scheme, for this part alone
}

// Interval is a value with its 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Interaction compares the sum of single parts with the whole.
type Interaction struct {
	Tower  string  `json:"tower"`
	Scheme string  `json:"scheme"`
	Whole  float64 `json:"whole_mean_abs"`
	Sum    float64 `json:"sum_of_blocks_mean_abs"`
	Root   float64 `json:"root_of_squares_mean_abs"` // what blocks that do not interact would add up to
}

// measure finds the drift of every scheme: as a whole, by kind of product and by block.
func (p *planner) measure(ctx context.Context) error {
	for _, t := range p.towers {
		kinds, byBlock := blocks.KindsOf(t.products), blocksOf(t.products)
		p.progress.Phase("drift by part, "+t.name+" tower", len(t.schemes)*(2+len(kinds)+len(byBlock)))
		costs := make([]Cost, 0, len(kinds)+len(byBlock))
		for _, part := range append(kinds, byBlock...) {
			c := Cost{Tower: t.name, Part: part, Drift: map[string]float64{}}
			for _, x := range t.products {
				if x.Kind == part || x.Block == part {
					c.Bytes += 3 * x.Values
				}
			}
			costs = append(costs, c)
		}
		for _, name := range schemes {
			s := t.schemes[name]
			if s == nil {
				continue
			}
			if err := p.measureScheme(ctx, t, s, costs); err != nil {
				return fmt.Errorf("%s tower, %s: %w", t.name, name, errors.Join(err, s.close()))
			}
			if err := s.close(); err != nil { // its session is larger than the model
				return err
			}
		}
		t.int8 = t.schemes[schemeInt8].plain
		p.out.Costs = append(p.out.Costs, costs...)
	}
	return nil
}

func (p *planner) measureScheme(ctx context.Context, t *tower, s *scheme, costs []Cost) (err error) {
	if err = p.open1(ctx, t, s); err != nil {
		return err
	}
	if s.whole, err = p.drift(ctx, t, s, s.takes); err != nil {
		return err
	}
	if s.plain, err = p.drift(ctx, t, s, t.matrices(s)); err != nil {
		return err
	}
	for i := range costs {
		only := t.only(func(x blocks.Product) bool { return x.Kind == costs[i].Part || x.Block == costs[i].Part }, s.takes)
		if costs[i].Drift[s.name], err = p.drift(ctx, t, s, only); err != nil {
			return err
		}
	}
	return nil
}

// blocksOf lists the blocks of products, in order.
func blocksOf(products []blocks.Product) []string {
	var out []string
	for _, x := range products {
		if x.Block != "" && (len(out) == 0 || out[len(out)-1] != x.Block) {
			out = append(out, x.Block)
		}
	}
	return out
}

// only has the taken products that a rule picks.
func (t *tower) only(rule func(blocks.Product) bool, takes []bool) []bool {
	out := make([]bool, len(t.products))
	for i, x := range t.products {
		out[i] = takes[i] && rule(x)
	}
	return out
}

// matrices has the products that models derive changes in a scheme: products of matrices, without
// embeddings.
func (t *tower) matrices(s *scheme) []bool {
	return t.only(func(x blocks.Product) bool { return x.Kind != blocks.KindEmbeddings }, s.takes)
}

// open1 opens a session with a switch for every product of a scheme, and computes the reference's
// embeddings.
func (p *planner) open1(ctx context.Context, t *tower, s *scheme) (err error) {
	if s.mixer == nil {
		other := t.ref
		other.Data = s.file
		if s.mixer, err = blocks.NewMixer(t.ref, other, t.products); err != nil {
			return err
		}
		s.takes = s.mixer.Differing()
	}
	data, err := s.mixer.Mixed(s.takes, true)
	if err != nil {
		return err
	}
	if s.probe, err = t.ref.Library.Probe(data, t.threads); err != nil {
		return err
	}
	if t.want == nil {
		t.want, err = p.run(ctx, t, s, make([]bool, len(t.products)))
	}
	return err
}

// run computes the embeddings of the items to choose on, with some products as in the scheme.
func (p *planner) run(ctx context.Context, t *tower, s *scheme, on []bool) ([]float32, error) {
	in := maps.Clone(t.ref.Inputs)
	for i, takes := range s.takes {
		if takes {
			v := float32(0)
			if on[i] {
				v = 1
			}
			in[blocks.Switch(i)] = ort.Tensor{Float32: []float32{v}, Shape: []int64{1}}
		}
	}
	out, err := s.probe.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	return out[t.ref.Output].Float32, nil
}

func (p *planner) drift(ctx context.Context, t *tower, s *scheme, on []bool) (float64, error) {
	got, err := p.run(ctx, t, s, on)
	if err != nil {
		return 0, err
	}
	p.progress.Add(1)
	return meanAbs(got, t.want), nil
}

// close ends a scheme's session, if there is one.
func (s *scheme) close() error {
	if s.probe == nil {
		return nil
	}
	err := s.probe.Close()
	s.probe = nil
	return err
}

// single measures the drift of each product alone.
func (p *planner) single(ctx context.Context, t *tower, s *scheme) error {
	s.singles = make([]float64, len(t.products))
	for i, takes := range s.takes {
		if !takes {
			p.progress.Add(1)
			continue
		}
		on := make([]bool, len(t.products))
		on[i] = true
		var err error
		if s.singles[i], err = p.drift(ctx, t, s, on); err != nil {
			return err
		}
	}
	return nil
}

// interaction compares what the blocks drift alone with what they drift together.
func (p *planner) interaction(t *tower, byBlock []string) Interaction {
	var parts []float64
	for _, c := range p.out.Costs {
		if c.Tower == t.name && slices.Contains(byBlock, c.Part) {
			parts = append(parts, c.Drift[t.best.name])
		}
	}
	for i, y := range t.products { // parts outside of the blocks
		if y.Block == "" {
			parts = append(parts, t.best.singles[i])
		}
	}
	sum := stats.PartsOf(parts)
	return Interaction{Tower: t.name, Scheme: t.best.name, Whole: t.best.whole, Sum: sum.Sum, Root: sum.Root}
}
