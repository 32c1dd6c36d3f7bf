package wheels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/fastclip/fastclip/internal/setup"
)

// Pip is the pip of this machine, so that its indexes, proxies and certificates apply. It is Python's pip,
// or one that uv runs if Python has none.
type Pip struct {
	command []string
}

// ErrNoPip means that this machine has neither.
var ErrNoPip = errors.New("neither Python's pip nor uv is installed")

// pipOfUV is the version of pip that uv runs.
const pipOfUV = "pip==25.3"

// FindPip finds the pip of this machine.
func FindPip(ctx context.Context) (Pip, error) {
	for _, python := range []string{"python3", "python"} {
		if exec.CommandContext(ctx, python, "-m", "pip", "--version").Run() == nil {
			return Pip{[]string{python, "-m", "pip"}}, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return Pip{}, err
	}
	uv := os.Getenv("FASTCLIP_UV")
	if uv == "" {
		uv = "uv"
	}
	if _, err := exec.LookPath(uv); err == nil {
		return Pip{[]string{uv, "tool", "run", "--from", pipOfUV, "pip"}}, nil
	}
	return Pip{}, ErrNoPip
}

// AnyPip finds its pip with FindPip when the first wheel is needed.
type AnyPip struct{ found *Pip }

// Fetch downloads a wheel.
func (a *AnyPip) Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error) {
	if a.found == nil {
		p, err := FindPip(ctx)
		if errors.Is(err, ErrNoPip) {
			err = fmt.Errorf("%w, and one of them is needed to fetch it: install one (on Debian: apt-get install python3-pip), "+
				"or fill a folder on another machine with fastclip setup --download and name it with --offline", err)
		}
		if err != nil {
			return "", err
		}
		a.found = &p
	}
	return a.found.Fetch(ctx, w, scratch)
}

// selection are pip's options for a wheel. They always select the one for CPython 3.11, whatever runs
// here, because only its native libraries are needed.
func selection(w setup.Wheel) []string {
	return []string{"--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", "--platform", w.Platform}
}

// Fetch downloads a wheel. pip checks its hash, too.
func (p Pip) Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error) {
	wanted := filepath.Join(scratch, "wanted.txt")
	if err := os.WriteFile(wanted, fmt.Appendf(nil, "%s==%s --hash=sha256:%s\n", w.Name, w.Version, w.SHA256), 0o644); err != nil {
		return "", err
	}
	dest := filepath.Join(scratch, "wheel")
	args := append(append(p.command[1:len(p.command):len(p.command)], "download", "--quiet", "--require-hashes"), selection(w)...)
	cmd := exec.CommandContext(ctx, p.command[0], append(args, "--dest", dest, "--requirement", wanted)...)
	cmd.Env = p.environment(scratch)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // pip then removes its own temporary files
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("pip could not fetch it: %w", p.reason(said.String(), err))
	}
	files, err := filepath.Glob(filepath.Join(dest, "*.whl"))
	if err == nil && len(files) != 1 {
		err = fmt.Errorf("pip fetched %d wheels, want one", len(files))
	}
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// environment is this process's environment with additions. They make pip end soon without a network, keep
// to our folder, and use uv's index when uv runs it.
func (p Pip) environment(scratch string) []string {
	env := append([]string{"PIP_RETRIES=1"}, os.Environ()...) // the user's own value comes later, and counts
	env = append(env, "PIP_REQUIRE_VIRTUALENV=false", "PIP_DISABLE_PIP_VERSION_CHECK=1", "TMPDIR="+scratch)
	if os.Getenv("PIP_INDEX_URL") == "" {
		for _, name := range []string{"UV_DEFAULT_INDEX", "UV_INDEX_URL"} {
			if url := os.Getenv(name); url != "" {
				return append(env, "PIP_INDEX_URL="+url)
			}
		}
	}
	return env
}

// retrying matches what pip says before it tries a connection again, with the reason.
var retrying = regexp.MustCompile(`(?m)^WARNING: Retrying .* after connection broken by '(.*)'`)

// objects matches how Python prints objects.
var objects = regexp.MustCompile(`<[^<>]* object at 0x[0-9a-f]+>: `)

// reason is the most informative line of pip's output.
func (p Pip) reason(said string, err error) error {
	var lines []string
	if m := retrying.FindStringSubmatch(said); m != nil {
		lines = append(lines, "no connection: "+objects.ReplaceAllString(m[1], ""))
	}
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "No space left on device"):
			return fmt.Errorf("%s: %w", line, syscall.ENOSPC)
		case strings.HasPrefix(line, "ERROR: "):
			lines = append(lines, strings.TrimPrefix(line, "ERROR: "))
		}
	}
	if len(lines) == 0 { // it crashed, or uv failed, so take its last words
		said = strings.TrimSpace(said)
		lines = append(lines, err.Error(), said[strings.LastIndex(said, "\n")+1:])
	}
	return errors.New(strings.Join(lines, "; "))
}
