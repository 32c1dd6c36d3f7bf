// Package history reads many finished runs as one history. It says what a number was on each night, and on
// which night its level changed. A results root is a folder of runs, flat or by date
// (date=2026-01-02/run=ID, see Folder). The package only reads it.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// History holds all that Load found. All its numbers are finite.
type History struct {
	Root    string    `json:"root"`
	Nights  []Night   `json:"nights"`  // in their true order: by start, unless a clock was wrong
	Series  []Series  `json:"series"`  // by kind, variant, dataset
	Skipped []Skipped `json:"skipped"` // folders of runs that could not be read, with reasons
	Copies  []Skipped `json:"copies"`  // folders that hold a run a second time
}

// Night is one run.
type Night struct {
	RunID   string          `json:"run_id"`
	Dir     string          `json:"dir"` // below the root, with slashes
	Started time.Time       `json:"started_at"`
	Suite   string          `json:"suite"`
	Tool    string          `json:"tool"`    // version and commit
	Machine string          `json:"machine"` // CPU, cores and threads; times of other machines are not compared
	Levels  []compare.Level `json:"levels"`  // levels of its timings
}

// Skipped is a folder that looks like a run's but cannot be read.
type Skipped struct {
	Dir    string `json:"dir"`
	Reason string `json:"reason"`
}

// Kinds of series.
const (
	Score = "score" // a metric, as a share of 1; Of is the direction
	Drift = "drift" // from the run's own reference; Of is the modality and Metric the stage
	Time  = "time"  // milliseconds per item; Of is the modality and Metric the phase, or Total
	Ratio = "ratio" // Total relative to the other variants of the night, which takes out the machine's state
)

// Total is the phase that stands for the sum of a modality's phases.
const Total = compare.Total

// Series is one number of one variant, night by night.
type Series struct {
	Kind    string  `json:"kind"`
	Variant string  `json:"variant"`
	Dataset string  `json:"dataset,omitempty"` // empty for times
	Of      string  `json:"of"`                // a direction (t2i, i2t, i2i) or a modality (image, text, similarity)
	Metric  string  `json:"metric"`
	Unit    string  `json:"unit"`              // share, mean |a-b|, ms an item, ratio
	Machine string  `json:"machine,omitempty"` // for times: the machine that all points are from
	Points  []Point `json:"points"`
	Steps   []Step  `json:"steps"`
	Breaks  []Break `json:"breaks"` // values are not compared across a break
}

// Point is a night's value, with its 95 % interval where the run has one. On a night when the variant
// should have been measured and was not, the point has a reason in place of a value.
type Point struct {
	Night  int      `json:"night"` // index into History.Nights
	Value  *float64 `json:"value"`
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Reason string   `json:"reason,omitempty"`
}

// Step is a change of level, as stats.Steps finds it.
type Step struct {
	Point  int     `json:"point"` // index into Series.Points: the first of the new level
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	// P is the chance of such a change without a cause. For a score it is compare's p value of the two
	// nights around the step; for a time it comes from the nights on both sides. It is null when it is not
	// known, and for a drift, which is no test.
	P     *float64 `json:"p"`
	Worse bool     `json:"worse"` // the new level is worse: a lower score, more drift or more time
}

// Break is where the measured thing itself changed, such as a dataset with new content.
type Break struct {
	Point  int    `json:"point"` // the first point after the break
	Reason string `json:"reason"`
}

// Load reads the runs below root. It skips a run that is unfinished or damaged, and records the reason. A
// root without runs is an error that is fs.ErrNotExist.
func Load(root string) (*History, error) {
	dirs, err := store.Folders(root)
	if err != nil {
		return nil, err
	}
	h := &History{Root: root, Nights: []Night{}, Series: []Series{}, Skipped: []Skipped{}, Copies: []Skipped{}}
	var nights []night
	for _, dir := range dirs {
		name, err := filepath.Rel(root, dir)
		if err != nil {
			return nil, fmt.Errorf("results root: %w", err)
		}
		name = filepath.ToSlash(name)
		res, err := store.LoadRun(dir, store.TableRun, store.TableDatasets, store.TableVariants, store.TableScores, store.TableDrift, store.TableTimings)
		if err != nil {
			reason := err.Error()
			if errors.Is(err, store.ErrIncomplete) {
				reason = store.ErrIncomplete.Error()
			}
			h.Skipped = append(h.Skipped, Skipped{name, reason})
			continue
		}
		nights = append(nights, reduce(name, res))
	}
	if len(nights) == 0 {
		return nil, fmt.Errorf("%s has no finished run: %w", root, fs.ErrNotExist)
	}
	nights, copies := once(nights)
	h.Copies = append(h.Copies, copies...)
	nights = inOrder(nights)
	for _, n := range nights {
		h.Nights = append(h.Nights, n.info)
	}
	h.Series = seriesOf(nights)
	h.test()
	return h, nil
}
