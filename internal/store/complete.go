package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// completion is the content of the marker. Runs of older programs have sizes but no hashes.
type completion struct {
	RunID         string            `json:"run_id"`
	SchemaVersion int               `json:"schema_version"`
	Bytes         map[string]int64  `json:"bytes"`            // size of each Parquet file, by slash-separated name
	SHA256        map[string]string `json:"sha256,omitempty"` // hash of the same files
}

// Finish marks the run as finished. Call it when everything is written. It also removes temporary files of killed
// processes.
func (f *Folder) Finish(runID string) error {
	names, err := f.parquetFiles()
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	for _, name := range beside {
		if _, err := os.Stat(f.Path(name)); err == nil {
			names = append(names, name)
		}
	}
	c := completion{RunID: runID, SchemaVersion: SchemaVersion, Bytes: map[string]int64{}, SHA256: map[string]string{}}
	var mu sync.Mutex
	err = each(names, func(name string) error {
		info, err := os.Stat(f.Path(name))
		if err != nil {
			return err
		}
		sum, err := fileSHA256(f.Path(name))
		mu.Lock()
		defer mu.Unlock()
		c.Bytes[name], c.SHA256[name] = info.Size(), sum
		return err
	})
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("finish run: %w", err)
	}
	return WriteFile(f.Path(marker), append(data, '\n'))
}

// beside are the files of a run that are no tables: the plan and the suite.
var beside = []string{"plan.json", "suite.yaml"}

// parquetFiles are the names of a run's files. It removes temporary files of a killed process.
func (f *Folder) parquetFiles() ([]string, error) {
	return f.walk(func(path string, entry fs.DirEntry) error {
		if name := entry.Name(); strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp") {
			return os.Remove(path)
		}
		return nil
	})
}

// walk names the Parquet files of a run, and calls look for each file.
func (f *Folder) walk(look func(path string, entry fs.DirEntry) error) (names []string, err error) {
	err = filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if err := look(path, entry); err != nil || filepath.Ext(path) != ".parquet" || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(f.dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// each calls do with every name, a few at once.
func each(names []string, do func(name string) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, name := range names {
		g.Go(func() error { return do(name) })
	}
	return g.Wait()
}

func readCompletion(path string) (c completion, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("run folder: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("read %s: %w: %s", path, err, mend)
	}
	if c.SchemaVersion > SchemaVersion || c.SchemaVersion < 1 {
		return c, fmt.Errorf("%s says schema version %d, and this program reads 1 to %d: update fastclip, or %s", path, c.SchemaVersion, SchemaVersion, mend)
	}
	for name := range c.Bytes {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return c, fmt.Errorf("read %s: it names %q, which is not a file of the run: %s", path, name, mend)
		}
	}
	for name := range c.SHA256 {
		if _, sized := c.Bytes[name]; !sized {
			return c, fmt.Errorf("read %s: it has a hash of %q and no size: %s", path, name, mend)
		}
	}
	return c, nil
}

// Hashed tells whether the run was finished with hashes of its files.
func (f *Folder) Hashed() bool { return len(f.done.SHA256) > 0 }

// Verify checks that every file of the finished run is unchanged: its size and, unless an older program wrote the
// run, its hash.
func (f *Folder) Verify() error {
	if err := f.checkSizes(); err != nil {
		return err
	}
	names, err := f.walk(func(string, fs.DirEntry) error { return nil })
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	for _, name := range names {
		if _, ok := f.done.Bytes[name]; !ok {
			return fmt.Errorf("%s is not a file of the finished run: move it out of the run's folder", f.Path(name))
		}
	}
	if err := f.checkHashed(); err != nil {
		return err
	}
	if f.Hashed() {
		for name := range f.done.SHA256 {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if err := each(names, f.checkHash); err != nil {
			return err
		}
	}
	f.whole = true
	return nil
}

// checkSizes checks that the files have the sizes in the marker.
func (f *Folder) checkSizes() error {
	for name, want := range f.done.Bytes {
		info, err := os.Stat(f.Path(name))
		if err != nil {
			return fmt.Errorf("run folder: %w: %s", err, mend)
		}
		if info.Size() != want {
			return fmt.Errorf("%s has %d bytes where the finished run had %d: %s", f.Path(name), info.Size(), want, mend)
		}
	}
	return nil
}

// checkHashed checks a marker without hashes. It must come from a program that wrote none; files of later
// programs say that they wrote hashes.
func (f *Folder) checkHashed() error {
	if f.whole || f.Hashed() {
		return nil
	}
	hashes, err := saysHashed(f.Path(TableRun.file()))
	if err == nil && hashes {
		err = fmt.Errorf("%s has no hashes of the run's files, although the program that wrote it always writes them: %s", f.Path(marker), mend)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its reader reports that it is missing
	}
	return err
}

// checkHash checks that a file's content has not changed since the run was finished.
func (f *Folder) checkHash(name string) error {
	if f.whole || !f.Hashed() {
		return nil
	}
	got, err := fileSHA256(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) && f.done.SHA256[name] == "" {
		return nil // its reader reports that it is missing
	}
	if err != nil {
		return fmt.Errorf("read results: %w: %s", err, mend)
	}
	if want := f.done.SHA256[name]; got != want {
		return fmt.Errorf("%s is not what the finished run wrote (sha256 %.12s, in %s %.12s): %s", f.Path(name), got, marker, want, mend)
	}
	return nil
}
