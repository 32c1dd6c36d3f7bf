// Package native finds shared libraries and tools. `fastclip setup` puts them into the user's cache folder, `./task setup` into .tools, and a release beside
// the program. They are pinned builds from hash-checked wheels, not whatever the system has. There are three exceptions: uv and libdeflate, of which every
// version does the same, and zlib, which Pillow's wheel takes from the system too.
package native

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/fastclip/fastclip/internal/setup"
)

// ErrNotFound is wrapped by Find's errors if a library or tool is missing.
var ErrNotFound = errors.New("not found")

// item says where a library or tool may be.
type item struct {
	env    string // environment variable that overrides everything else
	wheel  string // wheel that contains it; "" for none
	folder string // its folder under .tools, or in the wheel's folder
	file   string
	onPath bool   // it is a tool, and the system's version on PATH will do
	system string // name of the file in the system's folders, whose version will do; "" for none
	debian string // Debian's package with the file
}

func lookup(name string) (item, bool) {
	switch name {
	case "onnxruntime":
		return item{env: "FASTCLIP_ORT_LIB", wheel: "onnxruntime", folder: "lib", file: library(name)}, true
	case "jpeg":
		return item{env: "FASTCLIP_JPEG_LIB", wheel: "pillow", folder: "lib", file: library(name)}, true
	case "webp":
		return item{env: "FASTCLIP_WEBP_LIB", wheel: "pillow", folder: "lib", file: library(name)}, true
	case "webpdemux":
		return item{env: "FASTCLIP_WEBPDEMUX_LIB", wheel: "pillow", folder: "lib", file: library(name)}, true
	case "deflate":
		return item{env: "FASTCLIP_DEFLATE_LIB", folder: "lib", file: library(name), system: systemDeflate(), debian: "libdeflate0"}, true
	case "z":
		return item{env: "FASTCLIP_Z_LIB", folder: "lib", file: library(name), system: systemZlib(), debian: "zlib1g"}, true
	case "uv":
		return item{env: "FASTCLIP_UV", wheel: "uv", folder: "bin", file: name, onPath: true}, true
	}
	return item{}, false
}

// systemDeflate is libdeflate with ABI 0, the only one so far.
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

// systemFolders are where package managers install libraries: Debian's, Red Hat's, others, Homebrew.
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

// Names lists the names that Find knows.
func Names() []string {
	return []string{"onnxruntime", "jpeg", "webp", "webpdemux", "deflate", "z", "uv"}
}

// Env is the environment variable that overrides where a library or tool is; "" for an unknown name.
func Env(name string) string {
	it, _ := lookup(name)
	return it.env
}

// Find returns the absolute path of a library or tool. If the environment variable is set, only that counts.
// Otherwise Find takes the first that exists: the file beside the program (in ../lib/fastclip, as in a release, or
// ../.tools), the one in the nearest .tools at or above the working directory, the one that `fastclip setup`
// installed. uv may also be on PATH, and deflate and z may be the system's. The error wraps ErrNotFound and says
// how to install it.
func Find(name string) (string, error) {
	it, ok := lookup(name)
	if !ok {
		return "", fmt.Errorf("find %q: unknown library or tool: %w", name, ErrNotFound)
	}
	return it.find(name, above())
}

// Stays is Find without files that are only found from the current working directory, so that the program finds the result from everywhere.
func Stays(name string) (string, error) {
	it, ok := lookup(name)
	if !ok {
		return "", fmt.Errorf("find %q: unknown library or tool: %w", name, ErrNotFound)
	}
	return it.find(name, nil)
}

// Of lists the libraries and tools that come from a wheel.
func Of(wheel string) (names []string) {
	for _, name := range Names() {
		if it, _ := lookup(name); it.wheel == wheel {
			names = append(names, name)
		}
	}
	return names
}

// Overridden reports whether the environment variable for name is set.
func Overridden(name string) bool { return os.Getenv(Env(name)) != "" }

func (it item) find(name string, above []string) (string, error) {
	if path := os.Getenv(it.env); path != "" {
		if err := regular(path); err != nil {
			return "", fmt.Errorf("find %s: %s=%s: %v: %w; correct or unset it", name, it.env, path, err, ErrNotFound)
		}
		return filepath.Abs(path)
	}
	for _, path := range it.places(above) {
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
		return "", fmt.Errorf("find %s: this system has no %s, and %s names none: %w; install it (on Debian: apt-get install %s)",
			name, it.system, it.env, ErrNotFound, it.debian)
	}
	return "", fmt.Errorf("find %s: %s is not installed, and %s names none: %w; run fastclip setup (in fastclip's source tree: ./task setup)",
		name, it.file, it.env, ErrNotFound)
}

func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Unwrap(err) // the caller adds the path
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	return nil
}

// places lists where the file may be, in Find's order. above are the folders whose .tools count.
func (it item) places(above []string) (all []string) {
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		root := filepath.Dir(filepath.Dir(exe))
		all = append(all, filepath.Join(root, "lib", "fastclip", it.file), filepath.Join(root, ".tools", it.folder, it.file))
	}
	for _, root := range above {
		all = append(all, filepath.Join(root, ".tools", it.folder, it.file))
	}
	wheel, ok := setup.For(setup.Machine(runtime.GOOS, runtime.GOARCH), it.wheel)
	if tools, err := setup.Folder(); err == nil && ok {
		all = append(all, filepath.Join(tools, wheel.Folder(), it.folder, it.file))
	}
	return all
}

// above lists the working directory and all folders above it.
func above() (all []string) {
	dir, err := os.Getwd()
	if err != nil {
		return nil
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
