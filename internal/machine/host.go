// Package machine asks the system about the machine: its CPU, its memory, and what uses them.
package machine

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// Host describes the machine of a run.
type Host struct {
	Name, OS, Arch, CPU string
	Cores               int
	MemoryBytes         int64
	Processor           Abilities
	GPU, Driver         string // of NVIDIA's driver, if it is loaded
}

// ThisHost asks the system. Unknown fields stay empty.
func ThisHost() Host {
	h := Host{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Processor: ThisProcessor()}
	h.GPU, h.Driver = gpu("/proc/driver/nvidia")
	h.Name, _ = os.Hostname() // without a name, measuring goes on
	if runtime.GOOS == "darwin" {
		h.CPU = sysctl("machdep.cpu.brand_string")
		h.MemoryBytes, _ = strconv.ParseInt(sysctl("hw.memsize"), 10, 64)
		return h
	}
	cpu := procFields("/proc/cpuinfo", "model name", "cpu family", "model", "stepping", "CPU part")
	// Clouds only say "AMD EPYC". Family, model and stepping distinguish two of them.
	h.CPU = strings.TrimSpace(cpu["model name"] + " " + cpu["CPU part"])
	if cpu["cpu family"] != "" {
		h.CPU += " (family " + cpu["cpu family"] + " model " + cpu["model"] + " stepping " + cpu["stepping"] + ")"
	}
	kib, _, _ := strings.Cut(procFields("/proc/meminfo", "MemTotal")["MemTotal"], " ")
	n, _ := strconv.ParseInt(kib, 10, 64)
	h.MemoryBytes = n * 1024
	return h
}

// procFields reads the first value of each wanted "name : value" line.
func procFields(path string, want ...string) map[string]string {
	out := map[string]string{}
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() && len(out) < len(want) {
		name, value, ok := strings.Cut(sc.Text(), ":")
		name = strings.TrimSpace(name)
		if _, seen := out[name]; !ok || seen {
			continue
		}
		for _, w := range want {
			if name == w {
				out[name] = strings.TrimSpace(value)
			}
		}
	}
	return out
}

func sysctl(name string) string {
	out, err := exec.Command("sysctl", "-n", name).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
