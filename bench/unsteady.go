package bench

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/stats"
)

// noise watches the machine during a measurement. In each round it times the same small piece of work, and
// asks the system what other processes did.
type noise struct {
	block  []byte
	ms     []float64
	start  time.Time
	before machine.Usage
	own    time.Duration
}

const (
	noiseBytes  = 512 << 10 // hashing this many bytes takes about 0.5 ms to a few ms
	noiseFrom   = 8         // number of rounds before it judges
	unsteadyP90 = 1.25      // limit for the 90th percentile over the median of the same work
	othersCores = 0.1       // cores that other processes may use
	stolenShare = 0.01      // share of the time that the hypervisor may take
)

func newNoise() *noise {
	w := &noise{block: make([]byte, noiseBytes), start: time.Now(), before: machine.ReadUsage()}
	w.own = machine.NewProcesses().CPUTime()
	return w
}

func (w *noise) tick() {
	start := time.Now()
	sha256.Sum256(w.block)
	w.ms = append(w.ms, float64(time.Since(start))/float64(time.Millisecond))
}

// warnings gives the reasons why the timings may not hold, one per line.
func (w *noise) warnings(cores int) []string {
	var out []string
	if p50, p90 := stats.Median(w.ms), stats.Quantile(w.ms, 0.9); len(w.ms) >= noiseFrom && p90 > unsteadyP90*p50 {
		out = append(out, fmt.Sprintf("the same work took %.2f ms at the median and %.2f ms at p90, over %d rounds", p50, p90, len(w.ms)))
	}
	after, elapsed := machine.ReadUsage(), time.Since(w.start)
	if elapsed < time.Second || after.Busy == 0 {
		return out
	}
	wall := elapsed.Seconds()
	own := (machine.NewProcesses().CPUTime() - w.own).Seconds()
	stolen := (after.Steal - w.before.Steal).Seconds()
	if others := (after.Busy-w.before.Busy).Seconds()/wall - own/wall; others > othersCores {
		out = append(out, fmt.Sprintf("other processes used %.1f of %d cores", others, cores))
	}
	if share := stolen / wall / float64(cores); share > stolenShare {
		out = append(out, fmt.Sprintf("the hypervisor took %.0f %% of the CPU time", 100*share))
	}
	return out
}
