package eval

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/fastclip/fastclip/metrics/stats"
)

// witness watches the machine while something is timed: it does the same small work in each
// round and takes its time, and asks the system what others did.
type witness struct {
	block  []byte
	ms     []float64
	start  time.Time
	before procStat
	own    time.Duration
}

const (
	witnessBytes = 512 << 10 // about half a millisecond to a few of hashing
	witnessFrom  = 8         // rounds before it judges
	unsteadyP90  = 1.25      // p90 over median of the same work
	othersCores  = 0.1       // cores that other processes may use
	stolenShare  = 0.01      // of the time that the hypervisor may keep
)

func newWitness() *witness {
	w := &witness{block: make([]byte, witnessBytes), start: time.Now(), before: readProcStat()}
	w.own = newFamily().cpuTime()
	return w
}

func (w *witness) tick() {
	start := time.Now()
	sha256.Sum256(w.block)
	w.ms = append(w.ms, float64(time.Since(start))/float64(time.Millisecond))
}

// warnings say, a line each, why the timings may not hold.
func (w *witness) warnings(cores int) []string {
	var out []string
	if p50, p90 := stats.Median(w.ms), stats.Quantile(w.ms, 0.9); len(w.ms) >= witnessFrom && p90 > unsteadyP90*p50 {
		out = append(out, fmt.Sprintf("the same work took %.2f ms at the median and %.2f ms at p90, over %d rounds", p50, p90, len(w.ms)))
	}
	after, elapsed := readProcStat(), time.Since(w.start)
	if elapsed < time.Second || after.busy == 0 {
		return out
	}
	wall := elapsed.Seconds()
	own := (newFamily().cpuTime() - w.own).Seconds()
	stolen := (after.steal - w.before.steal).Seconds()
	if others := (after.busy-w.before.busy).Seconds()/wall - own/wall; others > othersCores {
		out = append(out, fmt.Sprintf("other processes used %.1f of %d cores", others, cores))
	}
	if share := stolen / wall / float64(cores); share > stolenShare {
		out = append(out, fmt.Sprintf("the hypervisor kept %.0f %% of the CPU time", 100*share))
	}
	return out
}

// MachineBusy is the CPU time that all processes of the machine have used since it began; 0 where
// the system does not tell.
func MachineBusy() time.Duration { return readProcStat().busy }

// procStat is what all processes of the machine have used; zero where the system does not tell.
type procStat struct{ busy, steal time.Duration }

// userHZ is the unit of /proc: a hundredth of a second on every Linux that Go runs on.
const userHZ = 10 * time.Millisecond

func readProcStat() (s procStat) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return s
	}
	line, _, _ := strings.Cut(string(data), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal ...
	if len(fields) < 9 {
		return s
	}
	ticks := func(i int) time.Duration {
		n, _ := strconv.ParseInt(fields[i], 10, 64) // the kernel writes numbers
		return time.Duration(n) * userHZ
	}
	return procStat{busy: ticks(1) + ticks(2) + ticks(3) + ticks(6) + ticks(7), steal: ticks(8)}
}
