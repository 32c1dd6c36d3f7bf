// Package setup says which wheels the shared libraries and tools come out of, and where `fastclip setup` puts
// what it takes out of them. The scripts beside it, which `./task setup` runs, read the same table.
package setup

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed wheels.txt
var table string

// Wheel is a pinned wheel.
type Wheel struct {
	Name, Version string
	Platform      string // pip's tag of the machine
	SHA256        string
}

// Folder is the name of the folder that holds what was taken out of the wheel: another wheel's is another.
func (w Wheel) Folder() string { return w.Name + "-" + w.Version + "-" + w.SHA256[:12] }

func (w Wheel) String() string { return w.Name + " " + w.Version }

// Names are the wheels that this program installs.
func Names() []string { return []string{"onnxruntime", "pillow", "uv"} }

// Machine is a Go system and architecture as the table has them, such as Linux-x86_64.
func Machine(goos, goarch string) string {
	system := map[string]string{"linux": "Linux", "darwin": "Darwin"}[goos]
	cpu := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[goarch]
	if system == "Linux" && goarch == "arm64" {
		cpu = "aarch64"
	}
	if system == "" || cpu == "" {
		return goos + "/" + goarch // for which there are no wheels
	}
	return system + "-" + cpu
}

// For is the wheel of that name for a machine; false says that nobody makes one.
func For(machine, name string) (Wheel, bool) {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 5 && f[0] == name && f[2] == machine {
			return Wheel{Name: f[0], Version: f[1], Platform: f[3], SHA256: f[4]}, true
		}
	}
	return Wheel{}, false
}

// Machines are those that the table has wheels for.
func Machines() (all []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 5 && f[0] != "#" && !seen[f[2]] {
			seen[f[2]] = true
			all = append(all, f[2])
		}
	}
	return all
}

// FolderVariable names the environment variable that says where the wheels' folders are.
const FolderVariable = "FASTCLIP_TOOLS"

// Folder is where `fastclip setup` puts the wheels' folders: $FASTCLIP_TOOLS, or a folder of the user's cache.
func Folder() (string, error) {
	if dir := os.Getenv(FolderVariable); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("this user has no cache folder (%w): name a folder with %s", err, FolderVariable)
	}
	if !filepath.IsAbs(dir) {
		return "", errors.New("the user's cache folder is not an absolute path: name a folder with " + FolderVariable)
	}
	return filepath.Join(dir, "fastclip", "tools"), nil
}
