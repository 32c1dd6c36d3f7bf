package eval

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// takeFolder finds or makes the run's folder, and keeps other programs out of it until held is closed.
// When the folder already has the results of this plan, done is true and nothing is held.
func (r *run) takeFolder() (dir string, held io.Closer, done bool, err error) {
	now := time.Now().UTC()
	mine := finished.Plan{RunID: now.Format("20060102T150405Z") + "-" + r.plan[:8], Plan: r.plan, Suite: r.suite.Name, Started: now, Limit: r.suite.Limit}
	if mine.Dir, err = filepath.Abs(r.suite.Dir); err != nil {
		return "", nil, false, fmt.Errorf("suite's folder: %w", err)
	}
	if dir, err = r.choose(mine); err != nil {
		return "", nil, false, err
	}
	if old, err := r.earlier(dir); err != nil {
		return "", nil, false, err
	} else if r.finished(dir, old) { // the folder may be read-only
		r.id, r.started = old.RunID, old.Started
		return dir, nil, true, nil
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return "", nil, false, err
	}
	if lock, done, err = r.enter(dir, lock, mine); err != nil || done {
		return dir, nil, done, errors.Join(err, lock.Close())
	}
	return dir, lock, false, nil
}

// choose chooses the folder of the run.
func (r *run) choose(mine finished.Plan) (dir string, err error) {
	switch {
	case r.cfg.History != "":
		if dir, err = findInterrupted(r.cfg.History, r.plan); dir == "" || r.cfg.Fresh {
			dir = filepath.Join(r.cfg.History, store.Partition(mine.Started, mine.RunID))
		}
	case r.cfg.Out != "":
		return r.cfg.Out, nil
	default:
		if dir, err = findRun(r.cfg.Root, r.plan); dir == "" || r.cfg.Fresh {
			dir = filepath.Join(r.cfg.Root, mine.RunID)
		}
	}
	return dir, err
}

// earlier is the plan of the run in a folder. It is empty when the folder is free.
func (r *run) earlier(dir string) (finished.Plan, error) {
	old, err := finished.ReadPlan(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return finished.Plan{}, free(dir)
	}
	return old, err
}

func (r *run) finished(dir string, old finished.Plan) bool {
	return old.Plan == r.plan && !r.cfg.Fresh && store.IsComplete(dir)
}

// enter makes a locked folder this run's. It sets a finished run of another plan aside. The lock it
// returns is then that of the new folder.
func (r *run) enter(dir string, lock *os.File, mine finished.Plan) (_ *os.File, done bool, err error) {
	old, err := r.earlier(dir) // read again, because the lock's last owner may have finished the run
	if err != nil {
		return lock, false, err
	}
	done = r.finished(dir, old)
	switch {
	case old.Plan == r.plan && !r.cfg.Fresh:
		mine = old // continue it, or use it as it is
	case store.IsComplete(dir):
		if err := errors.Join(lock.Close(), r.setAside(dir, old)); err != nil { // closed first, because not every system can rename an open file
			return lock, false, err
		}
		if lock, err = lockFolder(dir); err != nil {
			return lock, false, err
		}
	}
	r.id, r.started = mine.RunID, mine.Started
	if done {
		return lock, true, nil
	}
	r.after = store.Earlier(dir, mine.Started)
	return lock, false, errors.Join(finished.WritePlan(dir, mine), finished.WriteSuite(dir, r.suite))
}

// replan changes the plan of a run when an encoder could not be opened although the plan said so. Its
// results do not belong to the first plan, which a later run can still complete.
func (r *run) replan(dir string) error {
	if !r.opener.Failed() {
		return nil
	}
	r.plan = r.planKey()
	mine, err := finished.ReadPlan(dir)
	if err != nil {
		return err
	}
	mine.Plan = r.plan
	return finished.WritePlan(dir, mine)
}

// lockFile is in the run's folder. So all programs that share the folder share the lock, whatever caches
// they use.
const lockFile = ".lock"

// lockFolder makes a folder and keeps other programs out of it.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("output folder: %w", err)
	}
	return cache.Lock(filepath.Join(dir, lockFile))
}

// setAside moves a finished run of another plan away, so that nothing finished is lost.
func (r *run) setAside(dir string, old finished.Plan) error {
	to := filepath.Clean(dir) + "." + filepath.Base(old.RunID)
	for i := 2; exists(to); i++ { // run ids are only unique to the second
		to = fmt.Sprintf("%s.%s.%d", filepath.Clean(dir), filepath.Base(old.RunID), i)
	}
	if err := os.Rename(dir, to); err != nil {
		return fmt.Errorf("move the earlier run in %s aside: %w", dir, err)
	}
	r.progress.Say("%s had a finished run of another plan, which is now in %s", dir, to)
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// free rejects a folder with files that are not a run's.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return e.Name() == lockFile })
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	return fmt.Errorf("output folder %s has files but no %s: name an empty folder with --out", dir, finished.PlanFile)
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
		if store.IsLatest(e) {
			continue
		}
		p, err := finished.ReadPlan(filepath.Join(root, e.Name()))
		if err == nil && p.Plan == key && p.Started.After(when) {
			found, when = filepath.Join(root, e.Name()), p.Started
		}
	}
	return found, nil
}

// findInterrupted is the folder of an unfinished run of this plan in a results root by date, or "". A
// finished run belongs to another night.
func findInterrupted(root, key string) (string, error) {
	dirs, err := store.Folders(root)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for _, dir := range slices.Backward(dirs) {
		if p, err := finished.ReadPlan(dir); err == nil && p.Plan == key && !store.IsComplete(dir) {
			return dir, nil
		}
	}
	return "", err
}

func countFailures(dir string) (int, error) {
	res, err := store.LoadRun(dir, store.TableVariants, store.TableFailures)
	if err != nil {
		return 0, err
	}
	n := len(res.Failures)
	for _, v := range res.Variants {
		if v.Failed() {
			n++
		}
	}
	return n, nil
}
