package python

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/internal/native"
)

// Script is a Python script that is part of this program, with the modules that it needs beside it.
type Script struct {
	Files   fs.FS
	Name    string // "torch_mini.py"
	Modules []string
}

// pythonEnv names a Python that has the packages already, so that uv is not used. With _NAME appended,
// such as FASTCLIP_PYTHON_KERNL, it applies to one adapter.
const pythonEnv = "FASTCLIP_PYTHON"

// pythonFor is the Python that is named for a script, and the variable that names it.
func pythonFor(script string) (python, variable string) {
	variable = variableFor(script)
	if python = os.Getenv(variable); python == "" {
		return os.Getenv(pythonEnv), pythonEnv
	}
	return python, variable
}

// variableFor is the environment variable that names a script's own Python.
func variableFor(script string) string { return pythonEnv + "_" + strings.ToUpper(Name(script)) }

// Pinned is the hash of a script whose packages are pinned in its header. ok is false if the user has named
// another Python for it, or if there is no uv.
func Pinned(script Script) (sum string, ok bool) {
	if python, _ := pythonFor(script.Name); python != "" {
		return "", false
	}
	if _, err := native.Find("uv"); err != nil {
		return "", false
	}
	_, sum, err := place(script)
	return sum, err == nil
}

// place writes a script and its modules under a path that stays the same, because uv keeps a script's
// environment by its path. sum is the hash of all of them.
func place(script Script) (path, sum string, err error) {
	name, files := script.Name, map[string][]byte{}
	h := sha256.New()
	for _, f := range append([]string{name}, script.Modules...) {
		if files[f], err = fs.ReadFile(script.Files, f); err != nil {
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

// write replaces a file so that it is complete at every moment.
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

// found is the resolved command line of an adapter.
type found struct {
	name    string
	command []string
	sum     string // of the script or program
	path    string // of it
}

func (c Command) find() (found, error) {
	if c.Script.Name == "" {
		return c.program()
	}
	path, sum, err := place(c.Script)
	if err != nil {
		return found{}, err
	}
	command, err := commandFor(path)
	return found{name: c.Script.Name, command: append(command, c.Args...), sum: sum, path: path}, err
}

// program resolves a program that is not ours.
func (c Command) program() (found, error) {
	if len(c.Program) == 0 {
		return found{}, errors.New("adapter: no script and no program was named")
	}
	path, err := c.place(c.Program[0])
	if err != nil {
		return found{}, err
	}
	f := found{name: filepath.Base(path), command: append([]string{path}, c.Program[1:]...)}
	if filepath.Ext(path) == ".py" {
		command, err := commandFor(path)
		if err != nil {
			return found{}, err
		}
		f.command = append(command, c.Program[1:]...)
	} else if at, err := exec.LookPath(path); err == nil {
		path = at
	} else {
		return found{}, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return found{}, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	h := sha256.Sum256(data)
	f.sum, f.path = hex.EncodeToString(h[:]), path
	return f, nil
}

// place is where a program for the command's folder is. A name without a slash is a program on PATH or a
// script in that folder.
func (c Command) place(program string) (string, error) {
	if c.Dir == "" || filepath.IsAbs(program) || (filepath.Base(program) == program && filepath.Ext(program) != ".py") {
		return program, nil
	}
	return filepath.Abs(filepath.Join(c.Dir, program)) // the process runs in that folder
}

// Line is the command line that runs a script. uv fetches no packages for it.
func Line(script Script) ([]string, error) {
	f, err := Command{Script: script}.find()
	return f.command, err
}

func commandFor(path string) ([]string, error) {
	if python, _ := pythonFor(filepath.Base(path)); python != "" {
		return []string{python, path}, nil
	}
	uv, err := native.Find("uv")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return []string{uv, "run", "--offline", "--quiet", "--script", path}, nil
}

// silent turns off the telemetry of Python's onnxruntime, as encoders/ort does for its own.
const silent = "ORT_DISABLE_TELEMETRY"

// environment is the environment of everything that is started here.
func environment() []string {
	if _, said := os.LookupEnv(silent); said {
		return os.Environ()
	}
	return append(os.Environ(), silent+"=1")
}

// unavailable is the exit status of an adapter that cannot run here (serve.py). Its last line on stderr
// says why, and how to fix it.
const unavailable = 3

// why is the error for an adapter that did not become ready. It is ErrMissing when the adapter says so, or
// when it is one of ours and its packages may be missing.
func (a *Process) why(f found, ours bool, err error) error {
	select {
	case <-a.exited:
	default:
		return fmt.Errorf("adapter %s: %w", f.name, a.Explain(err))
	}
	said := a.stderr.String()
	python, variable := pythonFor(f.name)
	switch {
	case a.cmd.ProcessState.ExitCode() == unavailable:
		return fmt.Errorf("%w: %s: %s", ErrMissing, f.name, cmp.Or(a.stderr.last(), fmt.Sprintf("it ended with status %d and said no reason on stderr", unavailable)))
	case python == "" && strings.Contains(said, "network was disabled") && ours:
		return fmt.Errorf("%w: %s: its Python packages are not on this machine: fetch them once with: fastclip models fetch %s", ErrMissing, f.name, Name(f.name))
	case python == "" && strings.Contains(said, "network was disabled"):
		return fmt.Errorf("%w: %s: its Python packages are not on this machine: fetch them once with: uv run --script %s --help", ErrMissing, f.name, f.path)
	case python != "" && ours:
		return fmt.Errorf("%w: %s: %w; if packages are missing, install into %s those that the head of %s names", ErrMissing, f.name, a.Explain(err), variable, f.path)
	}
	return fmt.Errorf("adapter %s: %w", f.name, a.Explain(err))
}

// Name is a script's name for people: "deepsparse" for "run_deepsparse.py".
func Name(script string) string {
	return strings.TrimPrefix(strings.TrimSuffix(script, ".py"), "run_")
}
