package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Processes is this process with all its descendants, in which encoders may run.
type Processes struct{ others []int }

// NewProcesses finds the processes that exist now.
func NewProcesses() *Processes {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // empty without /proc
	for _, path := range stats {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if f := statFields(path); err == nil && len(f) > 1 {
			parents[pid], _ = strconv.Atoi(f[1])
		}
	}
	f := &Processes{}
	for pid := range parents {
		for p := parents[pid]; p > 1; p = parents[p] {
			if p == os.Getpid() {
				f.others = append(f.others, pid)
				break
			}
		}
	}
	return f
}

// CPUTime is the user and system time of all of them. For the descendants it is exact to 10 ms.
func (f *Processes) CPUTime() time.Duration {
	total := CPUTime()
	for _, pid := range f.others {
		if s := statFields(filepath.Join("/proc", strconv.Itoa(pid), "stat")); len(s) > 12 {
			user, _ := strconv.ParseInt(s[11], 10, 64)
			system, _ := strconv.ParseInt(s[12], 10, 64)
			total += time.Duration(user+system) * userHZ
		}
	}
	return total
}

// PeakRSS is the sum over the processes of each one's largest memory so far, in bytes, or 0 if the system does not report it.
func PeakRSS() int64 {
	var total int64
	for _, pid := range append(NewProcesses().others, os.Getpid()) {
		kib, _, _ := strings.Cut(procFields(filepath.Join("/proc", strconv.Itoa(pid), "status"), "VmHWM")["VmHWM"], " ")
		n, _ := strconv.ParseInt(kib, 10, 64)
		total += n * 1024
	}
	return total
}

// statFields returns the fields of /proc/PID/stat after the name, which may contain anything: state, parent, ... utime at 11, stime at 12.
func statFields(path string) []string {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}
