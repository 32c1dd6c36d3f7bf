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

// Pip is the pip of this machine, so that its indexes, proxies and certificates count: Python's, or one that uv
// runs where Python has none.
type Pip struct {
	command []string
}

// ErrNoPip says that this machine has neither.
var ErrNoPip = errors.New("neither Python's pip nor uv is here")

// pipOfUV is the version that uv runs.
const pipOfUV = "pip==25.3"

// FindPip finds them.
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

// AnyPip is the pip that FindPip finds once the first wheel is wanted.
type AnyPip struct{ found *Pip }

// Fetch downloads a wheel.
func (a *AnyPip) Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error) {
	if a.found == nil {
		p, err := FindPip(ctx)
		if errors.Is(err, ErrNoPip) {
			err = fmt.Errorf("%w, which fetch it: install one of them (on Debian: apt-get install python3-pip), "+
				"or fill a folder on another machine with fastclip setup --download and name it with --offline", err)
		}
		if err != nil {
			return "", err
		}
		a.found = &p
	}
	return a.found.Fetch(ctx, w, scratch)
}

// selection are pip's options for a wheel. It is always the one for CPython 3.11, whatever runs here: its native
// libraries are what is wanted.
func selection(w setup.Wheel) []string {
	return []string{"--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", "--platform", w.Platform}
}

// Fetch downloads a wheel; pip checks its hash, too.
func (p Pip) Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error) {
	wanted := filepath.Join(scratch, "wanted.txt")
	if err := os.WriteFile(wanted, fmt.Appendf(nil, "%s==%s --hash=sha256:%s\n", w.Name, w.Version, w.SHA256), 0o644); err != nil {
		return "", err
	}
	dest := filepath.Join(scratch, "wheel")
	args := append(append(p.command[1:len(p.command):len(p.command)], "download", "--quiet", "--require-hashes"), selection(w)...)
	cmd := exec.CommandContext(ctx, p.command[0], append(args, "--dest", dest, "--requirement", wanted)...)
	cmd.Env = p.environment(scratch)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it removes its own temporary files
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
		err = fmt.Errorf("pip left %d wheels where one was asked for", len(files))
	}
	if err != nil {
		return "", err
	}
	return files[0], nil
}

// environment is this process's, with what lets pip end soon where there is no network, keep to our folder, and
// take uv's index where uv runs it.
func (p Pip) environment(scratch string) []string {
	env := append([]string{"PIP_RETRIES=1"}, os.Environ()...) // the user's own comes later, and counts
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

// retrying is what pip says before it tries a connection again, with the reason in it.
var retrying = regexp.MustCompile(`(?m)^WARNING: Retrying .* after connection broken by '(.*)'`)

// objects are how Python prints what is no text.
var objects = regexp.MustCompile(`<[^<>]* object at 0x[0-9a-f]+>: `)

// reason is the most telling line of what pip has printed.
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
	if len(lines) == 0 { // it crashed, or uv failed: its last words
		said = strings.TrimSpace(said)
		lines = append(lines, err.Error(), said[strings.LastIndex(said, "\n")+1:])
	}
	return errors.New(strings.Join(lines, "; "))
}
