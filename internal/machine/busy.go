package machine

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// BusyTime is the CPU time of all processes since the machine started, or 0 if the system does not report it.
func BusyTime() time.Duration { return ReadUsage().Busy }

// Usage is the CPU time of all processes of the machine, or zero if the system does not report it.
type Usage struct{ Busy, Steal time.Duration }

// userHZ is the unit of times in /proc: 10 ms on every Linux that Go supports.
const userHZ = 10 * time.Millisecond

// ReadUsage reads the usage from the system.
func ReadUsage() (s Usage) {
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
		n, _ := strconv.ParseInt(fields[i], 10, 64) // cannot fail: the kernel writes numbers
		return time.Duration(n) * userHZ
	}
	return Usage{Busy: ticks(1) + ticks(2) + ticks(3) + ticks(6) + ticks(7), Steal: ticks(8)}
}
