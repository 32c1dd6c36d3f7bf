// Package setup says which wheels the shared libraries and tools come from, and where `fastclip setup` installs them. The scripts in this folder, which
// `./task setup` runs, read the same table.
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
	Platform      string // pip's platform tag for the machine
	SHA256        string
}

// Folder is the name of the folder for the files of this wheel. Another wheel has another folder.
func (w Wheel) Folder() string { return w.Name + "-" + w.Version + "-" + w.SHA256[:12] }

func (w Wheel) String() string { return w.Name + " " + w.Version }

// Names lists the wheels that this program installs.
func Names() []string { return []string{"onnxruntime", "pillow", "uv"} }

// Machine is the table's name for a Go system and architecture, such as Linux-x86_64.
func Machine(goos, goarch string) string {
	system := map[string]string{"linux": "Linux", "darwin": "Darwin"}[goos]
	cpu := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[goarch]
	if system == "Linux" && goarch == "arm64" {
		cpu = "aarch64"
	}
	if system == "" || cpu == "" {
		return goos + "/" + goarch // there are no wheels for it
	}
	return system + "-" + cpu
}

// For returns the wheel of that name for a machine; false means that there is none.
func For(machine, name string) (Wheel, bool) {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 5 && f[0] == name && f[2] == machine {
			return Wheel{Name: f[0], Version: f[1], Platform: f[3], SHA256: f[4]}, true
		}
	}
	return Wheel{}, false
}

// Machines lists the machines in the table.
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

// FolderVariable is the environment variable with the folder of the wheels' folders.
const FolderVariable = "FASTCLIP_TOOLS"

// Folder is where `fastclip setup` installs wheels: $FASTCLIP_TOOLS, or a folder in the user's cache.
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
