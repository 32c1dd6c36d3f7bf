package adapters

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/internal/native"
)

//go:embed *.py
var scripts embed.FS

// modules are what scripts import of each other; they lie beside every script.
var modules = []string{"towers.py"}

// pythonEnv names a Python that has the packages already; then uv is not asked.
const pythonEnv = "FASTCLIP_PYTHON"

// place writes a script and the modules where uv finds them under the same path again, for uv
// keeps a script's environment by its path. The sum is of all of them.
func place(name string) (path, sum string, err error) {
	files := map[string][]byte{}
	h := sha256.New()
	for _, f := range append([]string{name}, modules...) {
		if files[f], err = scripts.ReadFile(f); err != nil {
			return "", "", fmt.Errorf("adapter %s: %w", name, err)
		}
		h.Write(files[f])
	}
	sum = hex.EncodeToString(h.Sum(nil))
	home, err := os.UserCacheDir()
	if err != nil {
		home = os.TempDir()
	}
	dir := filepath.Join(home, "fastclip", "adapters", sum[:12])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	for f, data := range files {
		if err := write(filepath.Join(dir, f), data); err != nil {
			return "", "", fmt.Errorf("adapter %s: %w", name, err)
		}
	}
	return filepath.Join(dir, name), sum, nil
}

// write leaves a file with that content, whole at every moment.
func write(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	tmp := path + "." + rand.Text() + ".tmp"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func commandFor(path string) ([]string, error) {
	if python := os.Getenv(pythonEnv); python != "" {
		return []string{python, path}, nil
	}
	uv, err := native.Find("uv")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return []string{uv, "run", "--offline", "--quiet", "--script", path}, nil
}

// noDevice is the exit status of an adapter that misses a device.
const noDevice = 3

// mend is what helps an adapter that has ended at once, most likely without its packages.
func (a *Adapter) mend(path string) string {
	select {
	case <-a.exited:
	default:
		return ""
	}
	switch {
	case a.cmd.ProcessState.ExitCode() == noDevice:
		return ""
	case os.Getenv(pythonEnv) != "":
		return fmt.Sprintf("; when packages are missing, install into %s what the head of %s names", pythonEnv, path)
	}
	return fmt.Sprintf("; when packages are missing, fetch them once with: uv run --script %s --help", path)
}
