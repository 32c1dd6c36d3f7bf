package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Materialise stores every picture as a file under dir, in a folder named by the set's hash, and returns the set
// that reads these files. The files are written once, on all cores, in a temporary folder that is renamed at the
// end: if a run is killed, no later run mistakes its files for a complete set. Later calls only check the files'
// names and sizes. The given set is closed together with the returned one; on an error, the caller still owns it.
func Materialise(ctx context.Context, ds Dataset, dir string) (Dataset, error) {
	key := keyOf(ds)
	home := filepath.Join(dir, key)
	if kept, err := openFiles(home); err == nil {
		kept.source = ds
		return kept, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("keep dataset: %w: make room in that folder, make it writable, or name another cache", err)
	}
	dropLeftovers(dir, key)
	if err := fill(ctx, ds, home); err != nil {
		return nil, fmt.Errorf("keep dataset in %s: %w", home, err)
	}
	kept, err := openFiles(home)
	if err != nil {
		return nil, fmt.Errorf("keep dataset: %w", err)
	}
	kept.source = ds
	return kept, nil
}

// keyOf names the folder. A set that is expensive to hash has a key in place of its hash.
func keyOf(ds Dataset) string {
	if g, ok := ds.(Generated); ok {
		return g.Key()
	}
	d := NewDigest()
	d.Text(ds.Info().Name, ds.Info().Hash)
	return d.Hex()
}

const (
	marker   = "dataset.json" // written last: what the folder holds
	filesDir = "images"
	partial  = ".part-"
)

// fill writes the set next to home and moves it there, unless another process was faster.
func fill(ctx context.Context, ds Dataset, home string) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(home), filepath.Base(home)+partial)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	m, err := writeFiles(ctx, ds, filepath.Join(tmp, filesDir))
	if err != nil {
		return err
	}
	if err := writeMarker(filepath.Join(tmp, marker), m); err != nil {
		return err
	}
	if os.Rename(tmp, home) == nil {
		return nil
	}
	if _, err := openFiles(home); err == nil {
		return nil // another process's
	}
	// The existing folder is damaged, because a complete set would have been used.
	if err := os.RemoveAll(home); err != nil {
		return err
	}
	return os.Rename(tmp, home)
}

// dropLeftovers removes what killed runs have left. A set takes seconds, so nobody works on an hour-old
// folder.
func dropLeftovers(dir, key string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), key+partial) && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(filepath.Join(dir, e.Name())) // a failure only costs space
		}
	}
}

func writeFiles(ctx context.Context, ds Dataset, dir string) (manifest, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return manifest{}, err
	}
	records, texts, hash, err := readAll(ctx, ds, func(im Image, data []byte) error {
		name := filepath.FromSlash(im.Name)
		if !filepath.IsLocal(name) {
			return fmt.Errorf("picture %s: its name %q leads out of the folder", im.ID, im.Name)
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o644)
	})
	if err != nil {
		return manifest{}, err
	}
	m := manifest{Info: describe(ds, hash), Texts: texts}
	for _, r := range records {
		m.Images = append(m.Images, manifestImage{r.image.ID, r.image.Name, r.image.Labels, r.image.Class, r.size})
	}
	return m, nil
}

// describe is the set's Info with the hash found by reading it.
func describe(ds Dataset, hash string) Info {
	if g, ok := ds.(Generated); ok {
		return g.Describe(hash)
	}
	return ds.Info()
}
