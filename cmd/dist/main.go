// Command dist makes releases of fastclip: for each processor an archive and a Python wheel with the program, the
// libraries that it loads, their licences and a bill of materials.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/wheels"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := dist(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

// release has what is common to all archives of one call.
type release struct {
	top, out        string // the repository, and the folder for archives
	version, commit string
	date            time.Time // date of the commit, and of every file in an archive
	offline         string    // the folder with the libraries' wheels; if "", pip fetches them
}

func dist(ctx context.Context) error {
	arches := flag.String("arch", runtime.GOARCH, "processors, with commas between: amd64, arm64")
	out := flag.String("out", "dist", "the folder for the archives")
	version := flag.String("version", "", "the version; without, it comes from the newest tag")
	offline := flag.String("offline", "", "take the libraries' wheels from this folder, without network")
	flag.Parse()
	r, err := describe(ctx, *out, *version)
	if err != nil {
		return err
	}
	r.offline = *offline
	var made []string
	for arch := range strings.SplitSeq(*arches, ",") {
		files, err := r.forProcessor(ctx, arch)
		if err != nil {
			return fmt.Errorf("%s: %w", arch, err)
		}
		made = append(made, files...)
	}
	recipe, err := os.ReadFile(filepath.Join(r.top, "internal", "dist", "Containerfile"))
	if err != nil {
		return err
	}
	containerfile := filepath.Join(r.out, "Containerfile")
	if err := os.WriteFile(containerfile, recipe, 0o644); err != nil {
		return err
	}
	sums, err := sumFiles(made)
	if err != nil {
		return err
	}
	made = append(made, containerfile, filepath.Join(r.out, "SHA256SUMS"))
	if err := os.WriteFile(made[len(made)-1], sums, 0o644); err != nil {
		return err
	}
	fmt.Println(strings.Join(made, "\n"))
	return nil
}

// forProcessor makes the archive and the wheel for one type of processor.
func (r release) forProcessor(ctx context.Context, arch string) (files []string, err error) {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp(r.out, "tmp.")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	var from wheels.Source = &wheels.AnyPip{}
	if r.offline != "" {
		from = wheels.Folder(r.offline)
	}
	t, err := r.stage(ctx, arch, filepath.Join(scratch, "tree"), from)
	if err != nil {
		return nil, err
	}
	archive := filepath.Join(r.out, fmt.Sprintf("fastclip-%s-linux-%s.tar.gz", r.version, arch))
	if err := t.archive(archive, r.date); err != nil {
		return nil, err
	}
	wheel := filepath.Join(r.out, wheelName(r.version, t.floor, arch))
	fmt.Fprintf(os.Stderr, "dist: linux/%s needs glibc %s or newer\n", arch, t.floor)
	return []string{archive, wheel}, t.wheel(wheel, r)
}
