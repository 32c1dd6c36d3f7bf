// Package baseline pins the run that nights are judged against. The pin is a file in the repository with
// the run's name and the hash of its content. Only a command moves the pin, and it records why.
package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/strictyaml"
)

// DefaultFile is the pin's file name when none is given.
const DefaultFile = "baseline.yaml"

// Pin is the pin file: the run that is the baseline now, and the earlier ones, newest first. Numbers of
// integer kernels depend on the processor, so each class of processors can have its own baseline.
type Pin struct {
	Run     string `yaml:"run"` // its folder, relative to the pin file's folder, with slashes
	Move    `yaml:",inline"`
	Earlier []Move              `yaml:"earlier"`
	Classes map[string]ClassPin `yaml:"classes"` // by cpu_class of run.parquet
}

// ClassPin is the baseline of runs on one class of processors.
type ClassPin struct {
	Run     string `yaml:"run"`
	Move    `yaml:",inline"`
	Earlier []Move `yaml:"earlier"`
}

// Of is the baseline of a class of processors: its own, or else the common one.
func (p *Pin) Of(class string) ClassPin {
	if own, ok := p.Classes[class]; ok && class != "" {
		return own
	}
	return ClassPin{p.Run, p.Move, p.Earlier}
}

// Move is a run that became the baseline.
type Move struct {
	RunID  string `yaml:"run_id"`
	SHA256 string `yaml:"sha256"` // store.Folder.ContentSHA256
	Why    string `yaml:"why"`
	When   string `yaml:"when"` // RFC 3339, UTC
}

// ErrPin is the error for a pin, or a pinned run, that is not as it was set.
var ErrPin = errors.New("the baseline cannot be used")

var hash = regexp.MustCompile("^[0-9a-f]{64}$")

// Read reads a pin file. A missing file is an error that is fs.ErrNotExist, and a file that is no pin is
// ErrPin.
func Read(path string) (*Pin, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: make it with: fastclip baseline set RUN --why TEXT", err)
	}
	p := &Pin{}
	if err := strictyaml.Decode(data, p); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrPin, path, err)
	}
	for _, class := range append([]string{""}, slices.Sorted(maps.Keys(p.Classes))...) {
		if x := p.Of(class); x.Run == "" || x.RunID == "" || !hash.MatchString(x.SHA256) || strings.TrimSpace(x.Why) == "" {
			return nil, fmt.Errorf("%w: %s must have run, run_id, sha256 and why%s: make it with: fastclip baseline set RUN --why TEXT", ErrPin, path, ofClass(class))
		}
	}
	return p, nil
}

func ofClass(class string) string {
	if class == "" {
		return ""
	}
	return " of class " + class
}

// Resolve is the folder of the run that a pin file names for a class of processors; an empty class means
// all. It checks that the run still has the pinned content. If not, the error names what differs.
func Resolve(path, class string) (dir string, err error) {
	all, err := Read(path)
	if err != nil {
		return "", err
	}
	p := all.Of(class)
	dir = filepath.FromSlash(p.Run)
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(filepath.Dir(path), dir)
	}
	f, err := store.Open(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %s pins run %s: %w", ErrPin, path, p.RunID, err)
	}
	got, err := f.ContentSHA256()
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrPin, path, err)
	}
	if got != p.SHA256 {
		return "", fmt.Errorf("%w: the content of %s (sha256 %.12s) is not what %s pins (%.12s): bring the pinned run back, or move the baseline: fastclip baseline set RUN --why TEXT",
			ErrPin, dir, got, path, p.SHA256)
	}
	res, err := f.Load(store.TableRun)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrPin, path, err)
	}
	if res.Run.RunID != p.RunID {
		return "", fmt.Errorf("%w: %s names run %s, but %s holds run %s: move the baseline: fastclip baseline set RUN --why TEXT", ErrPin, path, p.RunID, dir, res.Run.RunID)
	}
	return dir, nil
}

// Set makes the finished run in dir the baseline of a pin file, and keeps the previous baseline in the
// list of earlier ones. why must not be empty. With forClass, the run becomes the baseline of its own
// class of processors only, and the common baseline stays.
func Set(path, dir, why string, now time.Time, forClass bool) (*Pin, error) {
	if why = strings.TrimSpace(why); why == "" {
		return nil, errors.New("moving a baseline needs a reason: give it with --why")
	}
	f, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := f.Verify(); err != nil {
		return nil, err
	}
	res, err := f.Load()
	if err != nil {
		return nil, err
	}
	if err := res.CheckScores(); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if !slices.ContainsFunc(res.Variants, func(v store.Variant) bool { return v.Status == store.StatusOK }) {
		return nil, fmt.Errorf("no variant of %s worked, so the run cannot be a baseline", dir)
	}
	sha, err := f.ContentSHA256()
	if err != nil {
		return nil, err
	}
	run, err := relative(filepath.Dir(path), dir)
	if err != nil {
		return nil, err
	}
	mine := ClassPin{Run: run, Move: Move{RunID: res.Run.RunID, SHA256: sha, Why: why, When: now.UTC().Format(time.RFC3339)}}
	old, err := Read(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, fmt.Errorf("%w: repair or remove the file: fastclip does not overwrite the reasons in it", err)
	}
	if forClass {
		return old.setClass(path, mine, res.Run, missing)
	}
	p := &Pin{Run: mine.Run, Move: mine.Move}
	if !missing {
		p.Earlier, p.Classes = append([]Move{old.Move}, old.Earlier...), old.Classes
	}
	return p, p.write(path)
}

// setClass moves the baseline of the run's class. p is the current content of the file.
func (p *Pin) setClass(path string, mine ClassPin, run store.Run, missing bool) (*Pin, error) {
	switch {
	case missing:
		return nil, fmt.Errorf("%w: %s pins no run for all classes of processors yet: set one without --for-class first", ErrPin, path)
	case run.CPUClass == nil || *run.CPUClass == "":
		return nil, fmt.Errorf("%w: run %s has no cpu_class, because an older fastclip wrote it", ErrPin, run.RunID)
	}
	if p.Classes == nil {
		p.Classes = map[string]ClassPin{}
	}
	if old, ok := p.Classes[*run.CPUClass]; ok {
		mine.Earlier = append([]Move{old.Move}, old.Earlier...)
	}
	p.Classes[*run.CPUClass] = mine
	return p, p.write(path)
}

// relative is dir seen from the pin's folder, or an absolute path when there is no relative one.
func relative(from, dir string) (string, error) {
	a, errA := filepath.Abs(from)
	b, errB := filepath.Abs(dir)
	if err := errors.Join(errA, errB); err != nil {
		return "", fmt.Errorf("baseline: %w", err)
	}
	rel, err := filepath.Rel(a, b)
	if err != nil {
		rel = b
	}
	return filepath.ToSlash(rel), nil
}

// write replaces the whole file or changes nothing. It may quote strings as JSON does, because JSON's
// strings are valid YAML.
func (p *Pin) write(path string) error {
	var b strings.Builder
	b.WriteString("# The run that nights are judged against. Moved by: fastclip baseline set RUN --why TEXT\n")
	line := func(indent, name, value string) {
		quoted, err := json.Marshal(value)
		if err == nil { // strings always marshal
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, quoted)
		}
	}
	move := func(first, rest string, m Move) {
		line(first, "run_id", m.RunID)
		line(rest, "sha256", m.SHA256)
		line(rest, "why", m.Why)
		line(rest, "when", m.When)
	}
	pin := func(indent string, c ClassPin) {
		line(indent, "run", c.Run)
		move(indent, indent, c.Move)
		if len(c.Earlier) > 0 {
			b.WriteString(indent + "earlier:\n")
		}
		for _, m := range c.Earlier {
			move(indent+"  - ", indent+"    ", m)
		}
	}
	pin("", p.Of(""))
	if len(p.Classes) > 0 {
		b.WriteString("classes:\n")
	}
	for _, class := range slices.Sorted(maps.Keys(p.Classes)) {
		fmt.Fprintf(&b, "  %q:\n", class)
		pin("    ", p.Classes[class])
	}
	if err := store.WriteFile(path, []byte(b.String())); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	return nil
}
