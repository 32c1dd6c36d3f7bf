package machine

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// acceleratorLibraries are the libraries that a provider's numbers depend on, by the beginning of their
// file names.
var acceleratorLibraries = []string{"libcuda", "libcudart", "libcudnn", "libcublas", "libnvinfer", "libopenvino", "libamdhip64", "libmigraphx", "libMIOpen"}

// ofProvider lists those that a provider of ONNX Runtime loads. Another provider's may be in the same
// process.
var ofProvider = map[string][]string{
	"cuda": {"cuda", "cudart", "cudnn", "cublas"}, "tensorrt": {"cuda", "cudart", "cudnn", "cublas", "nvinfer"}, "openvino": {"openvino"},
	"rocm": {"amdhip64", "MIOpen"}, "migraphx": {"amdhip64", "migraphx", "MIOpen"},
}

// Accelerators are the libraries of CUDA, cuDNN, TensorRT, OpenVINO and the like that a process and its children
// have loaded for a provider, with their versions: "cudart 12.8.90, cudnn 9.10.2.21". pid 0 means this process
// alone. It is empty for the provider cpu, if there are none, and on systems other than Linux, which do not tell.
func Accelerators(provider string, pid int) string {
	switch {
	case provider == "cpu":
		return ""
	case pid == 0:
		return accelerators("/proc", []string{"self"}, ofProvider[strings.TrimSuffix(strings.ToLower(provider), "executionprovider")])
	}
	return accelerators("/proc", family("/proc", pid), nil)
}

// accelerators are the named libraries that the processes have loaded, or all of them if no name is given.
func accelerators(proc string, processes, only []string) string {
	found := map[string]string{}
	for _, p := range processes {
		f, err := os.Open(filepath.Join(proc, p, "maps"))
		if err != nil {
			continue // it has ended
		}
		for sc := bufio.NewScanner(f); sc.Scan(); {
			if at := strings.IndexByte(sc.Text(), '/'); at >= 0 {
				if name, version, ok := libraryOf(sc.Text()[at:]); ok && (only == nil || slices.Contains(only, name)) {
					found[name] = version
				}
			}
		}
		f.Close() // only read from
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, strings.TrimSpace(name+" "+found[name]))
	}
	return strings.Join(out, ", ")
}

// family is a process with all its descendants.
func family(proc string, pid int) []string {
	out := []string{fmt.Sprint(pid)}
	for i := 0; i < len(out) && i < 100; i++ {
		lists, err := filepath.Glob(filepath.Join(proc, out[i], "task", "*", "children"))
		if err != nil {
			break
		}
		for _, list := range lists {
			if text, err := os.ReadFile(list); err == nil {
				out = append(out, strings.Fields(string(text))...)
			}
		}
	}
	return out
}

var libraryName = regexp.MustCompile(`^lib([A-Za-z0-9]+)\.so((?:\.\d+)*)$`)

// libraryOf is the name and the version of a file, if it is one of acceleratorLibraries. A file from a
// Python wheel has a short version in its name, and the full version in the wheel's name.
func libraryOf(path string) (name, version string, ok bool) {
	m := libraryName.FindStringSubmatch(filepath.Base(path))
	if m == nil || !slices.Contains(acceleratorLibraries, "lib"+m[1]) {
		return "", "", false
	}
	name, version = m[1], strings.TrimPrefix(m[2], ".")
	if site, in, found := strings.Cut(path, "/site-packages/"); found {
		parts := strings.Split(in, "/")
		project := parts[0]
		if project == "nvidia" && len(parts) > 2 {
			project = "nvidia_" + parts[1] + "_cu*"
		}
		if infos, err := filepath.Glob(filepath.Join(site, "site-packages", project+"-*.dist-info")); err == nil && len(infos) == 1 {
			_, version, _ = strings.Cut(strings.TrimSuffix(filepath.Base(infos[0]), ".dist-info"), "-")
		}
	}
	return name, version, true
}
