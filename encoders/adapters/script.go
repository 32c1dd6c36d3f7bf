package adapters

import (
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

// pythonEnv names a Python that has the packages already; then uv is not asked.
const pythonEnv = "FASTCLIP_PYTHON"

// place writes a script where uv finds it under the same path again, for uv keeps a script's
// environment by its path.
func place(name string) (path, sum string, err error) {
	data, err := scripts.ReadFile(name)
	if err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	h := sha256.Sum256(data)
	sum = hex.EncodeToString(h[:])
	home, err := os.UserCacheDir()
	if err != nil {
		home = os.TempDir()
	}
	path = filepath.Join(home, "fastclip", "adapters", sum[:12], name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return path, sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	tmp := path + "." + rand.Text() + ".tmp"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	return path, sum, os.Rename(tmp, path)
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
