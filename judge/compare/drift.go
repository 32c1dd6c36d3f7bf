package compare

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
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
