// Package wheels extracts shared libraries and tools from pinned wheels. It puts those of each wheel into
// its own folder in a folder of the user's. pip fetches a wheel, or it is read from a folder. Its hash is
// checked first.
package wheels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fastclip/fastclip/internal/setup"
)

// Source provides wheels.
type Source interface {
	// Fetch returns the path of the wheel's file, which it may put into scratch.
	Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error)
}

// Installer installs wheels for this machine.
type Installer struct {
	Dir    string // receives a folder for each wheel
	Source Source
	Say    func(string) // receives a line about slow work; nil drops it
}

// Result says what became of a wheel.
type Result struct {
	Folder string
	Was    string // "here", "installed" or "repaired"
}

// tmp is the beginning of the names of incomplete folders.
const tmp = "tmp."

// Install puts the files of a wheel into its folder, unless they are there. A folder gets its name only
// when it is complete. Two programs at once take turns.
func (i Installer) Install(ctx context.Context, w setup.Wheel) (Result, error) {
	home := filepath.Join(i.Dir, w.Folder())
	if whole(home) == nil {
		return Result{home, "here"}, nil // also where the user may not write
	}
	if err := os.MkdirAll(i.Dir, 0o755); err != nil {
		return Result{}, i.explain(err)
	}
	release, err := lock(ctx, filepath.Join(i.Dir, "lock"), func() { i.say("another setup is working in " + i.Dir + ": waiting for it") })
	if err != nil {
		return Result{}, err
	}
	defer release()
	if err := i.clear(); err != nil {
		return Result{}, i.explain(err)
	}
	was := "installed"
	switch err := whole(home); {
	case err == nil:
		return Result{home, "here"}, nil
	case !errors.Is(err, os.ErrNotExist) || exists(home):
		was = "repaired"
		i.say(fmt.Sprintf("%s is damaged (%v): installing it again", home, err))
	}
	if err := i.fresh(ctx, w, home); err != nil {
		return Result{}, i.explain(err)
	}
	return Result{home, was}, nil
}

// fresh fetches a wheel and puts its files into home, which may exist in a damaged state.
func (i Installer) fresh(ctx context.Context, w setup.Wheel, home string) (err error) {
	scratch, err := os.MkdirTemp(i.Dir, tmp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	i.say("fetching " + w.String())
	file, err := i.Source.Fetch(ctx, w, scratch)
	if err != nil {
		return err
	}
	made := filepath.Join(scratch, "files")
	if err := unpack(ctx, file, w, made); err != nil {
		return err
	}
	if exists(home) {
		if err := os.Rename(home, filepath.Join(scratch, "damaged")); err != nil {
			return err
		}
	}
	return os.Rename(made, home)
}

// clear removes leftovers of killed programs. No other program works here at that time.
func (i Installer) clear() error {
	entries, err := os.ReadDir(i.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tmp) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(i.Dir, e.Name())))
		}
	}
	return err
}

// explain adds a remedy to errors of the folder.
func (i Installer) explain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: free 150 MB in %s, or name another folder with %s", err, i.Dir, setup.FolderVariable)
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: name a folder that you can write to with %s", err, setup.FolderVariable)
	}
	return err
}

func (i Installer) say(line string) {
	if i.Say != nil {
		i.Say(line)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
