package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Drift is how far HEAD's raw embeddings are from BASE's for the same variant, with items paired by id. It
// holds the mean and the largest |a-b| over all values, and the least cosine between an item's two
// embeddings.
type Drift struct {
	Variant   string  `json:"variant"`
	Dataset   string  `json:"dataset"`
	Modality  string  `json:"modality"` // image or text
	MeanAbs   float64 `json:"mean_abs"`
	MaxAbs    float64 `json:"max_abs"`
	CosineMin float64 `json:"cosine_min"`
	// Direction is MeanAbs after HEAD's rows are brought to the lengths of BASE's. Scale is the median
	// factor by which rows became longer. Scores take unit vectors, so they see Direction and not Scale.
	Direction float64 `json:"direction_mean_abs"`
	Scale     float64 `json:"scale"`
	ScaleLow  float64 `json:"scale_low"` // the smallest and the largest factor by which a row became longer
	ScaleHigh float64 `json:"scale_high"`
	Scaled    int     `json:"scaled_items"` // items whose length changed
	Items     int     `json:"items"`
	// RowMeanAbs is mean |a-b| of the item that moved farthest, RowItem. MeanAbs alone would hide one
	// wrong picture among thousands. RowDirection and RowDirectionItem are the same after all lengths are
	// brought to BASE's.
	RowMeanAbs       float64   `json:"row_mean_abs"`
	RowItem          string    `json:"row_item"`
	RowDirection     float64   `json:"row_direction_mean_abs"`
	RowDirectionItem string    `json:"row_direction_item"`
	Rows             []float64 `json:"-"` // mean |a-b| of each item, for Beyond
	Directions       []float64 `json:"-"`
	// Floor is the noise floor of HEAD's reference on this dataset, or nil when it was not measured.
	// BeyondFloor is the number of items that moved by more than it.
	Floor       *float64 `json:"floor"`
	BeyondFloor *int     `json:"items_beyond_floor"`
}

// ScaleOnly tells whether the rows differ by more than a limit as they are, but not once they have the
// same lengths.
func (d Drift) ScaleOnly(limit float64) bool {
	return d.MeanAbs > limit && d.Direction <= limit && d.Scale > 0
}

// lengthRounding is the rounding error that the length of a float32 row may have.
const lengthRounding = 1e-6

// Times says by how much rows became longer: "times 1.001" when all rows agree, and "times 1 to 1.5 (1 of
// 60 in other lengths)" when they do not.
func (d Drift) Times() string {
	if d.ScaleHigh-d.ScaleLow <= 1e-4*d.ScaleHigh {
		return fmt.Sprintf("times %.6g", d.Scale)
	}
	return fmt.Sprintf("times %.4g to %.4g (%d of %d in other lengths)", d.ScaleLow, d.ScaleHigh, d.Scaled, d.Items)
}

// Beyond counts the items whose own mean |a-b| is above a limit.
func (d Drift) Beyond(limit float64) int { return above(d.Rows, limit) }

// DirectionBeyond counts the items above a limit once they have BASE's lengths.
func (d Drift) DirectionBeyond(limit float64) int { return above(d.Directions, limit) }

func above(values []float64, limit float64) (n int) {
	for _, v := range values {
		if v > limit {
			n++
		}
	}
	return n
}

// Step is a row of both runs' drift.parquet, which holds each variant's drift from its own run's
// reference. A value is nil when that run has no such row. For example, a stage that does not differ has
// no swap.
type Step struct {
	Variant  string   `json:"variant"`
	Dataset  string   `json:"dataset"`
	Modality string   `json:"modality"`
	Stage    string   `json:"stage"`
	Stat     string   `json:"stat"`
	Base     *float64 `json:"base"`
	Head     *float64 `json:"head"`
}

// drift compares the embeddings of every variant and dataset.
func (c *comparer) drift() {
	c.eachPair(func(variant, dataset string) {
		found := 0
		for _, modality := range []string{"image", "text"} {
			d, ok, err := c.driftOf(variant, dataset, modality)
			if ok {
				found++
			}
			if err != nil {
				c.problem(KindDrift, variant, dataset, "%s embeddings: %v", modality, err)
			} else if ok {
				if d.Floor = c.floor(dataset, modality); d.Floor != nil {
					n := d.Beyond(*d.Floor)
					d.BeyondFloor = &n
				}
				c.out.Drift = append(c.out.Drift, d)
			}
		}
		if found == 0 {
			c.problem(KindDrift, variant, dataset, "no embeddings in either run")
		}
	})
}

// driftOf measures the drift of one table of embeddings. It is not ok when neither run has embeddings.
func (c *comparer) driftOf(variant, dataset, modality string) (d Drift, ok bool, err error) {
	base, baseErr := c.base.Embeddings(variant, dataset, modality)
	head, headErr := c.head.Embeddings(variant, dataset, modality)
	if errors.Is(baseErr, fs.ErrNotExist) && errors.Is(headErr, fs.ErrNotExist) {
		return d, false, nil
	}
	if err := errors.Join(wrap("BASE", baseErr), wrap("HEAD", headErr)); err != nil {
		return d, true, err
	}
	if len(base) == 0 && len(head) == 0 {
		return d, false, nil
	}
	moved := &moves{by: map[string]float64{}}
	if d, err = distance(base, head, moved.by); err == nil {
		if d.MaxAbs > 0 {
			moved.radii(base, head)
		}
		c.moved[moveKey{variant, dataset, modality}] = moved
	}
	d.Variant, d.Dataset, d.Modality = variant, dataset, modality
	return d, true, err
}

// references says how far HEAD's reference is from BASE's when the two are different variants. It measures
// on the items that both runs have.
func (c *comparer) references(base, head string) string {
	var parts []string
	for _, dataset := range c.out.Datasets {
		for _, modality := range []string{"image", "text"} {
			was, err := c.base.Embeddings(base, dataset, modality)
			if err != nil {
				continue
			}
			now, err := c.head.Embeddings(head, dataset, modality)
			if err != nil {
				continue
			}
			d, err := distance(was, now, map[string]float64{})
			switch {
			case err != nil:
				parts = append(parts, fmt.Sprintf("%s, %ss: %v", dataset, modality, err))
			case d.MaxAbs == 0:
				parts = append(parts, fmt.Sprintf("%s, %ss: the same to the bit", dataset, modality))
			default:
				parts = append(parts, fmt.Sprintf("%s, %ss: %.2g (least cosine %.6f)", dataset, modality, d.MeanAbs, d.CosineMin))
			}
		}
	}
	if len(parts) == 0 {
		return "their embeddings cannot be compared either"
	}
	return "the one is from the other by (mean |a-b|) " + strings.Join(parts, "; ")
}

func wrap(run string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", run, err)
}

// distance pairs two tables of embeddings by id, and records in moved how far each unit vector moved.
func distance(base, head []store.Embedding, moved map[string]float64) (Drift, error) {
	d := Drift{CosineMin: 1, Scale: 1, ScaleLow: 1, ScaleHigh: 1, Items: len(base)}
	if len(head) != len(base) {
		return d, fmt.Errorf("%d items in HEAD, %d in BASE", len(head), len(base))
	}
	at := make(map[string][]float32, len(head))
	for _, e := range head {
		at[e.ID] = e.Embedding
	}
	var sum, direction float64
	var scales []float64
	values := 0
	for _, b := range base {
		h, ok := at[b.ID]
		if !ok {
			return d, fmt.Errorf("item %s is missing in HEAD", b.ID)
		}
		if len(h) != len(b.Embedding) || len(h) == 0 {
			return d, fmt.Errorf("item %s has %d dimensions in HEAD, %d in BASE", b.ID, len(h), len(b.Embedding))
		}
		delete(at, b.ID) // a repeated id counts as missing the second time
		abs, largest, cos := apart(b.Embedding, h)
		byDirection, scale := scaled(b.Embedding, h)
		direction, scales = direction+byDirection, append(scales, scale)
		if !finite(abs, cos) {
			return d, fmt.Errorf("item %s has values that are not numbers", b.ID)
		}
		moved[b.ID] = unitDistance(b.Embedding, h)
		sum, values = sum+abs, values+len(h)
		d.row(b.ID, abs/float64(len(h)), byDirection/float64(len(h)))
		d.MaxAbs, d.CosineMin = max(d.MaxAbs, largest), min(d.CosineMin, cos)
	}
	d.MeanAbs = sum / float64(values)
	if d.Direction = d.MeanAbs; d.MaxAbs > 0 {
		d.Direction, d.Scale, d.ScaleLow, d.ScaleHigh = direction/float64(values), stats.Median(scales), slices.Min(scales), slices.Max(scales)
		for _, s := range scales {
			if math.Abs(s-1) > lengthRounding {
				d.Scaled++
			}
		}
	}
	return d, nil
}

// row records how far an item moved, and whether it moved farthest.
func (d *Drift) row(id string, abs, direction float64) {
	d.Rows, d.Directions = append(d.Rows, abs), append(d.Directions, direction)
	if abs > d.RowMeanAbs {
		d.RowMeanAbs, d.RowItem = abs, id
	}
	if direction > d.RowDirection {
		d.RowDirection, d.RowDirectionItem = direction, id
	}
}

// scaled is the factor by which b is longer than a, and the sum of |a-b| once b has a's length. When a or
// b has no length, the factor is 1 and the sum is the plain one.
func scaled(a, b []float32) (sum, scale float64) {
	var aa, bb float64
	for i := range a {
		aa, bb = aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	if scale = math.Sqrt(bb / aa); aa == 0 || bb == 0 {
		scale = 1
	}
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i])/scale)
	}
	return sum, scale
}

// apart is the sum and the largest of |a-b|, and the cosine of a and b. The cosine of two equal vectors is
// 1, zeros included.
func apart(a, b []float32) (sum, largest, cos float64) {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		diff := math.Abs(x - y)
		sum, largest = sum+diff, max(largest, diff)
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	switch {
	case sum == 0:
		return 0, 0, 1
	case aa == 0 || bb == 0:
		return sum, largest, 0
	}
	return sum, largest, ab / math.Sqrt(aa*bb)
}

// ladder sets the two runs' own drifts side by side, in HEAD's order, which is the pipeline's.
func (c *comparer) ladder() {
	if b, h := reference(c.base), reference(c.head); b != h {
		c.out.OtherReference = fmt.Sprintf("the reference is %s in HEAD, %s in BASE", h, b)
		c.problem(KindDrift, "", "", "%s: drifts from it are not compared; %s", c.out.OtherReference, c.references(b, h))
		last := len(c.out.Problems) - 1 // said first, because all drift is measured from the reference
		c.out.Problems = append([]Problem{c.out.Problems[last]}, c.out.Problems[:last]...)
		return
	}
	at := map[Step]int{}
	row := func(d store.Drift) *Step {
		key := Step{Variant: d.Variant, Dataset: d.Dataset, Modality: d.Modality, Stage: d.Stage, Stat: d.Stat}
		if _, ok := at[key]; !ok {
			at[key] = len(c.out.Ladder)
			c.out.Ladder = append(c.out.Ladder, key)
		}
		return &c.out.Ladder[at[key]]
	}
	for _, run := range []struct {
		rows []store.Drift
		set  func(*Step, *float64)
	}{
		{c.head.Drift, func(s *Step, v *float64) { s.Head = v }}, {c.base.Drift, func(s *Step, v *float64) { s.Base = v }},
	} {
		for _, d := range run.rows {
			if !c.both(d.Variant, d.Dataset) {
				continue
			}
			if !finite(d.Value) {
				c.problem(KindDrift, d.Variant, d.Dataset, "drift from the reference at %s (%s, %s) is not a number", d.Stage, d.Modality, d.Stat)
				continue
			}
			run.set(row(d), &d.Value)
		}
	}
	c.lostSteps()
}

// lostSteps reports drifts from the reference that BASE has and HEAD lacks. It does not report swaps: only
// a stage that differs has one, and a variant that became equal to the reference has none.
func (c *comparer) lostSteps() {
	for _, s := range c.out.Ladder {
		if s.Head == nil && s.Stat == "mean_abs" && s.Stage == "embedding" {
			c.problem(KindDrift, s.Variant, s.Dataset, "drift of %s from the reference is missing in HEAD", s.Modality)
		}
	}
}

func reference(r Run) string {
	for _, v := range r.Variants {
		if v.IsReference {
			return v.Variant
		}
	}
	return "none"
}
