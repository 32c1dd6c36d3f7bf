package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Partition is the path of a run below a results root, in Hive's style, from which tools read date and run.
func Partition(started time.Time, runID string) string {
	return filepath.Join("date="+started.UTC().Format(time.DateOnly), "run="+runID)
}

// Folders lists, sorted, the folders below root with finished or unfinished runs: folders in root, and folders in its folders date=.... It does not include a
// root that is itself a run.
func Folders(root string) ([]string, error) {
	if IsComplete(root) {
		return nil, fmt.Errorf("%s is one run: name the folder above it", root)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("results root: %w", err)
	}
	var out []string
	for _, e := range entries {
		if IsLatest(e) {
			continue
		}
		dir := filepath.Join(root, e.Name())
		if !strings.HasPrefix(e.Name(), "date=") {
			out = append(out, dir)
			continue
		}
		runs, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("results root: %w", err)
		}
		for _, r := range runs {
			out = append(out, filepath.Join(dir, r.Name()))
		}
	}
	return slices.DeleteFunc(out, func(dir string) bool { return !isRun(dir) }), nil
}

// isRun reports whether a folder has a run's marker, plan or tables.
func isRun(dir string) bool {
	for _, name := range []string{"complete.json", "plan.json", "run.parquet"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// Earlier lists the IDs of finished runs that were in the results root before this run, although their clocks say otherwise. The run stores them
// (run.parquet: after), so that the order of the nights does not depend on clocks.
func Earlier(dir string, started time.Time) []string {
	root := filepath.Dir(filepath.Clean(dir))
	if strings.HasPrefix(filepath.Base(root), "date=") {
		root = filepath.Dir(root)
	}
	dirs, err := Folders(root)
	if err != nil {
		return []string{} // without a root there is no order
	}
	out := []string{}
	for _, other := range dirs {
		res, err := LoadRun(other, TableRun)
		if err == nil && !res.Run.StartedAt.Before(started) && !slices.Contains(out, res.Run.RunID) {
			out = append(out, res.Run.RunID)
		}
	}
	slices.Sort(out)
	return out
}
