package bench

import (
	"time"

	"github.com/fastclip/fastclip/metrics/stats"
)

// RunsATurn warm the caches, as a decoder does for what comes after it; the last is measured.
const RunsATurn = 2

// Job is something to time; Do runs it once on batch items.
type Job struct {
	Variant, Phase string
	Batch          int
	Do             func() error
}

// JobRow is what was measured of a job: the median of n rounds with its 95 % interval.
type JobRow struct {
	Variant  string  `json:"variant"`
	Phase    string  `json:"phase"`
	Batch    int     `json:"batch"`
	MSMedian float64 `json:"ms_median"`
	MSLow    float64 `json:"ms_low"`
	MSHigh   float64 `json:"ms_high"`
	N        int     `json:"n"`
}

// TimeJobs runs every job once unmeasured, and then the jobs in turn, rounds times, so that a
// machine's slow minute falls on all of them. Each turn of a job is so many runs, of which the
// last is measured: what others left in the caches is not the job's time. A job that fails once
// is left out and returned.
func TimeJobs(jobs []Job, rounds, runs int, stop func() error) (rows []JobRow, failed map[string]error, err error) {
	ms, failed := make([][]float64, len(jobs)), map[string]error{}
	err = inTurn(len(jobs), rounds+1, func(round, i int) error {
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
		low, high := stats.MedianCI(ms[i])
		rows = append(rows, JobRow{j.Variant, j.Phase, j.Batch, stats.Median(ms[i]), low, high, len(ms[i])})
	}
	return rows, failed, nil
}
