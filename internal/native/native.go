// Package native finds the shared libraries and tools that `./task setup` puts under .tools: pinned
// builds out of hash-checked wheels, not whatever the system happens to have. The exceptions are uv
// and libdeflate, of which every version does the same, and zlib, of which Pillow's wheel takes the system's, too.
package native

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// ErrNotFound is wrapped by Find's errors when a library or tool is not there.
var ErrNotFound = errors.New("not found")

// item says where one library or tool may be.
type item struct {
	env    string // overrides everything else
	folder string // under .tools
	file   string
	onPath bool   // a tool whose system version serves as well
	system string // the file's name in the system's folders, whose version serves as well
}

func lookup(name string) (item, bool) {
	switch name {
	case "onnxruntime":
		return item{env: "FASTCLIP_ORT_LIB", folder: "lib", file: library(name)}, true
	case "jpeg":
		return item{env: "FASTCLIP_JPEG_LIB", folder: "lib", file: library(name)}, true
	case "webp":
		return item{env: "FASTCLIP_WEBP_LIB", folder: "lib", file: library(name)}, true
	case "webpdemux":
		return item{env: "FASTCLIP_WEBPDEMUX_LIB", folder: "lib", file: library(name)}, true
	case "deflate":
		return item{env: "FASTCLIP_DEFLATE_LIB", folder: "lib", file: library(name), system: systemDeflate()}, true
	case "z":
		return item{env: "FASTCLIP_Z_LIB", folder: "lib", file: library(name), system: systemZlib()}, true
	case "uv":
		return item{env: "FASTCLIP_UV", folder: "bin", file: name, onPath: true}, true
	}
	return item{}, false
}

// systemDeflate is libdeflate's ABI 0, the only one so far.
func systemDeflate() string {
	if runtime.GOOS == "darwin" {
		return "libdeflate.0.dylib"
	}
	return "libdeflate.so.0"
}

// systemZlib is zlib's version 1, which every system has.
func systemZlib() string {
	if runtime.GOOS == "darwin" {
		return "libz.1.dylib"
	}
	return "libz.so.1"
}

// systemFolders are where package managers put libraries: Debian's, Red Hat's, others', Homebrew's.
func systemFolders() []string {
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	return []string{"/usr/lib/" + machine + "-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/opt/homebrew/lib"}
}

func library(name string) string {
	if runtime.GOOS == "darwin" {
		return "lib" + name + ".dylib"
	}
	return "lib" + name + ".so"
}

// Names are the names that Find knows.
func Names() []string {
	return []string{"onnxruntime", "jpeg", "webp", "webpdemux", "deflate", "z", "uv"}
}

// Env is the environment variable that overrides where Find looks for name, "" for an
// unknown name.
func Env(name string) string {
	it, _ := lookup(name)
	return it.env
}

// Find returns the absolute path of a library or tool: the environment override when it is
// set (and then nothing else), else the file in .tools beside the executable's folder, else
// in the nearest .tools at or above the working directory, else, for uv, the one on PATH, and for
// deflate and z the system's.
// The error wraps ErrNotFound and names the mend.
func Find(name string) (string, error) {
	it, ok := lookup(name)
	if !ok {
		return "", fmt.Errorf("find %q: unknown library or tool: %w", name, ErrNotFound)
	}
	if path := os.Getenv(it.env); path != "" {
		if err := regular(path); err != nil {
			return "", fmt.Errorf("find %s: %s=%s: %v: %w; correct or unset it", name, it.env, path, err, ErrNotFound)
		}
		return filepath.Abs(path)
	}
	for _, root := range roots() {
		path := filepath.Join(root, ".tools", it.folder, it.file)
		if regular(path) == nil {
			return path, nil
		}
	}
	if it.onPath {
		if path, err := exec.LookPath(it.file); err == nil {
			return filepath.Abs(path)
		}
	}
	if it.system != "" {
		for _, folder := range systemFolders() {
			if path := filepath.Join(folder, it.system); regular(path) == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("find %s: %s is neither in .tools/%s nor named by %s: %w; run ./task setup",
		name, it.file, it.folder, it.env, ErrNotFound)
}

func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Unwrap(err) // the caller names the path
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	return nil
}

// roots are the folders that may hold .tools, in the order of Find.
func roots() []string {
	var all []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		all = append(all, filepath.Dir(filepath.Dir(exe)))
	}
	dir, err := os.Getwd()
	if err != nil {
		return all
	}
	for {
		all = append(all, dir)
		parent := filepath.Dir(dir)
		if parent == dir {
			return all
		}
		dir = parent
	}
}
