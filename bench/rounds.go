package bench

import (
	"time"

	"github.com/fastclip/fastclip/internal/turns"
	"github.com/fastclip/fastclip/metrics/stats"
)

// RunsATurn is how often a job runs in one turn. The first runs warm the caches, and the last is measured.
const RunsATurn = 2

// Job is something to time; Do runs it once on batch items.
type Job struct {
	Variant, Phase string
	Batch          int
	Do             func() error
}

// JobRow is the result for a job: the median of n rounds with its 95 % interval.
type JobRow struct {
	Variant  string  `json:"variant"`
	Phase    string  `json:"phase"`
	Batch    int     `json:"batch"`
	MSMedian float64 `json:"ms_median"`
	MSLow    float64 `json:"ms_low"`
	MSHigh   float64 `json:"ms_high"`
	N        int     `json:"n"`
}

// TimeJobs lets the jobs take turns, for one round that does not count and then for the given number of
// rounds, so that a slow minute of the machine affects all of them. In each turn a job runs several times, and
// only the last run is measured: what other jobs left in the caches does not count. A job that fails is left
// out and returned.
func TimeJobs(jobs []Job, rounds, runs int, stop func() error) (rows []JobRow, failed map[string]error, err error) {
	ms, failed := make([][]float64, len(jobs)), map[string]error{}
	err = turns.Take(len(jobs), rounds+1, func(round, i int) error {
		j := jobs[i]
		name, took := j.Phase+" "+j.Variant, time.Duration(0)
		for run := 0; run < runs && failed[name] == nil; run++ {
			if err := stop(); err != nil {
				return err
			}
			begin := time.Now()
			failed[name] = j.Do()
			took = time.Since(begin)
		}
		if failed[name] == nil && round > 0 {
			ms[i] = append(ms[i], float64(took)/float64(time.Millisecond))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for i, j := range jobs {
		name := j.Phase + " " + j.Variant
		if failed[name] != nil {
			continue
		}
		delete(failed, name)
		mid, low, high := Interval(ms[i])
		rows = append(rows, JobRow{j.Variant, j.Phase, j.Batch, mid, low, high, len(ms[i])})
	}
	return rows, failed, nil
}

// Interval is the median with its confidence interval of 95 %.
func Interval(x []float64) (median, low, high float64) {
	low, high = stats.MedianCI(x)
	return stats.Median(x), low, high
}
