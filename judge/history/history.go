// Package history reads many finished runs as one: what a number was on each night, and on which
// night its level changed. A results root is a folder of runs, flat or by date
// (date=2026-01-02/run=ID, see Folder); it is only read.
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

// History is all that Load found. All numbers in it are finite.
type History struct {
	Root    string    `json:"root"`
	Nights  []Night   `json:"nights"`  // in the order in which they were: by start, unless a clock was wrong
	Series  []Series  `json:"series"`  // by kind, variant, dataset
	Skipped []Skipped `json:"skipped"` // folders of runs that could not be read, with the reason
	Copies  []Skipped `json:"copies"`  // folders of runs that are there twice
}

// Night is one run.
type Night struct {
	RunID   string          `json:"run_id"`
	Dir     string          `json:"dir"` // below the root, with slashes
	Started time.Time       `json:"started_at"`
	Suite   string          `json:"suite"`
	Tool    string          `json:"tool"`    // version and commit
	Machine string          `json:"machine"` // CPU, cores and threads: times of others are not compared
	Levels  []compare.Level `json:"levels"`  // of its timings
}

// Skipped is a folder that looks like a run's and is none that can be read.
type Skipped struct {
	Dir    string `json:"dir"`
	Reason string `json:"reason"`
}

// Kinds of series.
const (
	Score = "score" // a metric, as a share of 1; Of is the direction
	Drift = "drift" // from the run's own reference; Of is the modality and Metric the stage
	Time  = "time"  // milliseconds an item; Of is the modality and Metric the phase, or Total
	Ratio = "ratio" // Total beside what the other variants took that night: the machine's mood taken out
)

// Total is the phase that stands for all of a modality's.
const Total = compare.Total

// Series is one number of one variant, night by night.
type Series struct {
	Kind    string  `json:"kind"`
	Variant string  `json:"variant"`
	Dataset string  `json:"dataset,omitempty"` // of time: none
	Of      string  `json:"of"`                // a direction (t2i, i2t, i2i) or a modality (image, text, similarity)
	Metric  string  `json:"metric"`
	Unit    string  `json:"unit"`              // share, mean |a-b|, ms an item, ratio
	Machine string  `json:"machine,omitempty"` // of time: the only one that its points are from
	Points  []Point `json:"points"`
	Steps   []Step  `json:"steps"`
	Breaks  []Break `json:"breaks"` // places across which nothing is compared
}

// Point is a night's value, with its 95 % interval where the run has one. A night on which the
// variant was to be measured and was not has no value, but a reason.
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
	// P is the chance of such a change without a cause: of a score what compare gives of the two nights about it,
	// of a time what the nights on both sides show. Null: of a drift, which is no test, or not known.
	P     *float64 `json:"p"`
	Worse bool     `json:"worse"` // the new level is worse: a score down, drift or time up
}

// Break is where what is measured became another thing, such as a dataset with new content.
type Break struct {
	Point  int    `json:"point"` // the first after it
	Reason string `json:"reason"`
}

// Load reads the runs below root. One that is not finished, or damaged, is skipped with its
// reason; none at all is an error that is fs.ErrNotExist.
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
