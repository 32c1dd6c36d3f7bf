package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/internal/filelock"
)

// Snapshot is a revision's files in the cache.
type Snapshot struct {
	Ref
	Commit string   // commit of the revision
	Dir    string   // folder with the files under their own names
	Files  []string // with slashes, sorted as the hub does
	// Left lists files of the repository that were not requested: pickles and other formats.
	Left []string
}

// Pull fetches a revision's files into the cache and returns where they are. Files that are in the cache already
// are not fetched again.
func (h Hub) Pull(ctx context.Context, ref Ref, want Selection) (Snapshot, error) {
	home := filepath.Join(h.Cache, "models--"+strings.ReplaceAll(ref.Repo, "/", "--"))
	if h.Offline {
		return cached(home, ref, want)
	}
	commit, files, err := h.list(ctx, ref)
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Ref: ref, Commit: commit, Dir: filepath.Join(home, "snapshots", commit)}
	if err := os.MkdirAll(filepath.Join(home, "blobs"), 0o755); err != nil {
		return Snapshot{}, fmt.Errorf("hub cache: %w: name another with HF_HUB_CACHE", err)
	}
	for _, f := range files {
		if ok, err := want.takes(f.Name); err != nil {
			return Snapshot{}, err
		} else if !ok {
			s.Left = append(s.Left, f.Name)
			continue
		}
		if err := h.fetch(ctx, home, ref, commit, f); err != nil {
			return Snapshot{}, fmt.Errorf("%s: %w", ref.Repo, err)
		}
		if err := link(home, s.Dir, f); err != nil {
			return Snapshot{}, err
		}
		s.Files = append(s.Files, f.Name)
	}
	if len(s.Files) == 0 {
		return Snapshot{}, nothing(ref, s.Left)
	}
	if ref.Revision == commit {
		return s, nil
	}
	return s, replace(filepath.Join(home, "refs", filepath.FromSlash(ref.Revision)), []byte(commit))
}

func nothing(ref Ref, left []string) error {
	return fmt.Errorf("%s at %s has no file that was asked for (it has %s): name some with --include", ref.Repo, ref.Revision, strings.Join(left, ", "))
}

// cached is a revision as it is in the cache.
func cached(home string, ref Ref, want Selection) (Snapshot, error) {
	missing := fmt.Errorf("%s at %s is not in the cache, and HF_HUB_OFFLINE is set", ref.Repo, ref.Revision)
	commit := ref.Revision
	if data, err := os.ReadFile(filepath.Join(home, "refs", filepath.FromSlash(ref.Revision))); err == nil {
		commit = strings.TrimSpace(string(data))
	}
	if !commitRule.MatchString(commit) {
		return Snapshot{}, missing
	}
	s := Snapshot{Ref: ref, Commit: commit, Dir: filepath.Join(home, "snapshots", commit)}
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(s.Dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		ok, err := want.takes(name)
		if ok {
			s.Files = append(s.Files, name)
		} else {
			s.Left = append(s.Left, name)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, missing
	}
	if err == nil && len(s.Files) == 0 {
		err = nothing(ref, s.Left)
	}
	return s, err
}

// link names a blob in the snapshot. It makes a relative link, or a copy when links are not available.
func link(home, dir string, f File) error {
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	blob := filepath.Join(home, "blobs", f.blob())
	target, err := filepath.Rel(filepath.Dir(path), blob)
	if err != nil {
		return err
	}
	if old, err := os.Readlink(path); err == nil && old == target {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Symlink(target, path) == nil {
		return nil
	}
	return copyFile(blob, path)
}

// Export copies the snapshot's files to dir. Each file is copied completely or not at all.
func (s Snapshot) Export(dir string) error {
	for _, name := range s.Files {
		from, to := filepath.Join(s.Dir, filepath.FromSlash(name)), filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := copyFile(from, to); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeFile(to, in)
}

func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeFile(path, strings.NewReader(string(data)))
}

// writeFile writes a temporary file next to path and renames it.
func writeFile(path string, from io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// lock takes a lock file as Python's filelock does. It waits for the current owner.
func lock(ctx context.Context, path string) (func() error, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := filelock.Wait(ctx, f, nil); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil // closing releases the lock
}
