// Command perfpage makes docs/performance.md: it runs the benchmarks and writes their output.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := page(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "perfpage:", err)
		os.Exit(1)
	}
}

func page(ctx context.Context) error {
	only := flag.String("only", "", "sections to make, with commas between, or all; without, those that are not heavy")
	list := flag.Bool("list", false, "name the sections")
	root := flag.String("root", ".", "the repository")
	flag.Parse()
	if *list {
		for _, s := range sections() {
			fmt.Printf("%-16s %s%s\n", s.id, s.title, map[bool]string{true: " (heavy)"}[s.heavy])
		}
		return nil
	}
	todo, err := chosen(*only)
	if err != nil {
		return err
	}
	top, err := filepath.Abs(*root)
	if err != nil {
		return err
	}
	bin, work := filepath.Join(top, "bin"), filepath.Join(top, ".cache", "bench")
	bin += string(os.PathListSeparator) + filepath.Join(top, ".tools", "bin")
	if err := lay(work, filepath.Join(top, "testdata", "bench")); err != nil {
		return err
	}
	commit, err := exec.CommandContext(ctx, "git", "-C", top, "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return fmt.Errorf("find the commit: %w", err)
	}
	path := filepath.Join(top, "docs", "performance.md")
	for _, s := range todo {
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.id, s.title)
		if err := s.prepare(ctx, work, bin); err != nil {
			return err
		}
		text, err := s.make(ctx, work, bin, strings.TrimSpace(string(commit)))
		if err != nil {
			return err
		}
		made, err := readPage(path)
		if err != nil {
			return err
		}
		made[s.id] = text
		if err := writePage(path, made); err != nil {
			return err
		}
	}
	return nil
}

// lay puts the suites into the folder where the commands run.
func lay(work, suites string) error {
	if err := os.MkdirAll(work, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(suites, "*.yaml"))
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(work, filepath.Base(f)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes what a section needs and what does not exist yet.
func (s section) prepare(ctx context.Context, work, bin string) error {
	for _, need := range s.needs {
		if _, err := os.Stat(filepath.Join(work, need)); err == nil {
			continue
		}
		command := prepared()[need]
		fmt.Fprintf(os.Stderr, "making %s: %s\n", need, command)
		if _, _, err := run(ctx, work, bin, command); err != nil {
			return fmt.Errorf("%s: %w", s.id, err)
		}
	}
	return nil
}
