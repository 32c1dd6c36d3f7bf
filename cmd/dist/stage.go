package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fastclip/fastclip/internal/setup"
	"github.com/fastclip/fastclip/internal/wheels"
)

// tree is the content of an archive.
type tree struct {
	dir   string
	name  string // the folder that the archive unpacks to
	floor string // the oldest glibc that it runs on
}

// loaded has the libraries that the program looks for, by the wheel that contains them.
var loaded = map[string][]string{
	"onnxruntime": {"libonnxruntime.so"},
	"pillow":      {"libjpeg.so", "libwebp.so", "libwebpdemux.so"},
}

// stage builds the program and puts everything of the archive into a folder.
func (r release) stage(ctx context.Context, arch, dir string, from wheels.Source) (tree, error) {
	t := tree{dir: dir, name: fmt.Sprintf("fastclip-%s-linux-%s", r.version, arch)}
	program, libs := filepath.Join(dir, "bin", "fastclip"), filepath.Join(dir, "lib", "fastclip")
	if err := errors.Join(os.MkdirAll(filepath.Dir(program), 0o755), os.MkdirAll(libs, 0o755)); err != nil {
		return t, err
	}
	if err := r.build(ctx, arch, program); err != nil {
		return t, err
	}
	for _, name := range []string{"onnxruntime", "pillow"} {
		w, ok := setup.For(setup.Machine("linux", arch), name)
		if !ok {
			return t, fmt.Errorf("no wheel of %s for %s", name, arch)
		}
		got, err := wheels.Installer{Dir: filepath.Join(filepath.Dir(dir), "wheels"), Source: from}.Install(ctx, w)
		if err != nil {
			return t, fmt.Errorf("%s: %w", name, err)
		}
		if err := takeLibraries(filepath.Join(got.Folder, "lib"), loaded[name], libs); err != nil {
			return t, err
		}
		if err := copyAll(filepath.Join(got.Folder, "licences"), filepath.Join(dir, "licences", name)); err != nil {
			return t, err
		}
	}
	modules, err := r.modules(ctx, program)
	if err != nil {
		return t, err
	}
	if err := licences(modules, filepath.Join(dir, "licences")); err != nil {
		return t, err
	}
	if err := r.materials(modules, t, arch); err != nil {
		return t, err
	}
	for _, name := range []string{"LICENSE", "NOTICE", "CHANGELOG.md"} {
		if err := copyFile(filepath.Join(r.top, name), filepath.Join(dir, name), 0o644); err != nil {
			return t, err
		}
	}
	if err := copyFile(filepath.Join(r.top, "internal", "dist", "README.md"), filepath.Join(dir, "README.md"), 0o644); err != nil {
		return t, err
	}
	t.floor, err = floorOf(dir)
	return t, err
}

// build compiles the program for a processor, with the C compiler for it.
func (r release) build(ctx context.Context, arch, to string) error {
	const cli = "github.com/fastclip/fastclip/cmd/fastclip/cli"
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", fmt.Sprintf("-s -w -X %s.Commit=%s -X %s.Release=%s", cli, r.commit, cli, r.version), "-o", to, "./cmd/fastclip")
	cmd.Dir = r.top
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH="+arch, "GOFLAGS=-trimpath") // OpenCV comes from the user's system
	if cc := map[string]string{"amd64": "x86_64-linux-gnu-gcc", "arm64": "aarch64-linux-gnu-gcc"}[arch]; arch != runtime.GOARCH {
		if _, err := exec.LookPath(cc); err != nil {
			return fmt.Errorf("a compiler for %s is missing: install %s", arch, strings.Replace("gcc-MACHINE", "MACHINE", strings.TrimSuffix(cc, "-gcc"), 1))
		}
		cmd.Env = append(cmd.Env, "CC="+cc)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}
