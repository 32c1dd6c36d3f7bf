package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/internal/store"
)

// planFile says which run a folder belongs to before any result is in it.
const planFile = "plan.json"

// plan is that file's content.
type plan struct {
	RunID   string    `json:"run_id"`
	Plan    string    `json:"plan"`
	Suite   string    `json:"suite"`
	Started time.Time `json:"started_at"`
}

// settle finds or makes the run's folder. It is done when the folder has this very plan's results.
func (r *run) settle() (dir string, done bool, err error) {
	now := time.Now().UTC()
	mine := plan{RunID: now.Format("20060102T150405Z") + "-" + r.plan[:8], Plan: r.plan, Suite: r.suite.Name, Started: now}
	dir = r.cfg.Out
	if dir == "" {
		if dir, err = findRun(r.cfg.Root, r.plan); err != nil {
			return "", false, err
		}
		if dir == "" || r.cfg.Fresh {
			dir = filepath.Join(r.cfg.Root, mine.RunID)
		}
	}
	old, err := readPlan(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := free(dir); err != nil {
			return "", false, err
		}
	case err != nil:
		return "", false, err
	case old.Plan == r.plan && !r.cfg.Fresh:
		mine = old // go on, or have it as it is
		done = store.IsComplete(dir)
	case store.IsComplete(dir):
		if err := r.setAside(dir, old); err != nil {
			return "", false, err
		}
	}
	r.id, r.started = mine.RunID, mine.Started
	if done {
		return dir, true, nil
	}
	return dir, false, writePlan(dir, mine)
}

// setAside moves a finished run of another plan out of the way: nothing finished is lost.
func (r *run) setAside(dir string, old plan) error {
	to := filepath.Clean(dir) + "." + filepath.Base(old.RunID)
	if err := os.Rename(dir, to); err != nil {
		return fmt.Errorf("set the earlier run in %s aside: %w", dir, err)
	}
	r.progress.say("%s held a finished run of another plan: it is now %s", dir, to)
	return nil
}

// free refuses a folder with files that are no run's.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	return fmt.Errorf("output folder %s has files but no %s: name an empty folder with --out", dir, planFile)
}

// findRun is the newest folder under root with this plan, or "".
func findRun(root, key string) (string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("results: %w", err)
	}
	var found string
	var when time.Time
	for _, e := range entries {
		p, err := readPlan(filepath.Join(root, e.Name()))
		if err == nil && p.Plan == key && p.Started.After(when) {
			found, when = filepath.Join(root, e.Name()), p.Started
		}
	}
	return found, nil
}

func readPlan(dir string) (plan, error) {
	data, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return plan{}, fmt.Errorf("read plan: %w", err)
	}
	var p plan
	if err := json.Unmarshal(data, &p); err != nil {
		return plan{}, fmt.Errorf("%s: %w: remove the folder, or name another with --out", filepath.Join(dir, planFile), err)
	}
	return p, nil
}

func writePlan(dir string, p plan) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	tmp := filepath.Join(dir, planFile+".tmp")
	if err := os.WriteFile(tmp, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, planFile)); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

func countFailures(dir string) (int, error) {
	res, err := store.LoadRun(dir, store.TableVariants, store.TableFailures)
	if err != nil {
		return 0, err
	}
	n := len(res.Failures)
	for _, v := range res.Variants {
		if v.Status != StatusOK {
			n++
		}
	}
	return n, nil
}
