package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fastclip/fastclip/internal/machine"
)

// used is what a command used, including all child processes that it waited for.
type used struct {
	wall, cpu time.Duration
	rss       int64   // in bytes, of the largest process
	others    float64 // number of cores that other processes used meanwhile
	said      []byte  // its stderr
}

// run runs a command line in the folder. Exit status 1 is accepted: a benchmark uses it when its output names failures.
func run(ctx context.Context, work, bin, command string) ([]byte, used, error) {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, io.MultiWriter(os.Stderr, &said)
	start, busy := time.Now(), machine.BusyTime()
	err := cmd.Run()
	u := used{wall: time.Since(start), said: said.Bytes()}
	if cmd.ProcessState != nil {
		u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.rss = r.Maxrss * 1024
		}
		u.others = max(0, (machine.BusyTime()-busy-u.cpu).Seconds()/u.wall.Seconds())
		if cmd.ProcessState.ExitCode() == 1 && out.Len() > 0 {
			err = nil
		}
	}
	if err != nil {
		return nil, u, fmt.Errorf("%s: %w", command, err)
	}
	return out.Bytes(), u, nil
}

// make measures a section and writes it as Markdown.
func (s section) make(ctx context.Context, work, bin, commit string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", s.title)
	if s.text != "" {
		fmt.Fprintf(&b, "%s\n\n", s.text)
	}
	if s.command != "" {
		out, u, err := run(ctx, work, bin, s.command)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "    %s\n\n```\n%s\n```\n\n%s\n", s.command, bytes.TrimSpace(out), place(commit, u.wall))
		return b.String(), nil
	}
	began := time.Now()
	measured, err := measure(ctx, s.rows, work, bin)
	if err != nil {
		return "", err
	}
	table := "| | seconds | CPU seconds | peak RSS, MB | others' cores | |\n|---|---|---|---|---|---|\n"
	for i, r := range s.rows {
		fmt.Fprintf(&b, "    %s\n", r.command)
		table += measured[i].line(r.label)
	}
	fmt.Fprintf(&b, "\n%s\nSeconds: the median over the runs; the brackets give the number of runs, the shortest and the longest. Rows with several runs were run in turn. Others' cores: the cores that other processes used at the same time.\n%s\n",
		table, place(commit, time.Since(began)))
	return b.String(), nil
}

// measure runs the rows in turn, so that a slow minute affects all of them. Each row runs as often as it asks for.
func measure(ctx context.Context, rows []row, work, bin string) ([]runs, error) {
	out := make([]runs, len(rows))
	for round, more := 0, true; more; round++ {
		more = false
		for i, r := range rows {
			if round >= max(1, r.times) {
				continue
			}
			more = more || round+1 < r.times
			if err := r.run(ctx, work, bin, &out[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// run runs a row once more.
func (r row) run(ctx context.Context, work, bin string, to *runs) error {
	if r.before != "" {
		if _, _, err := run(ctx, work, bin, r.before); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%s\n", r.label)
	out, u, err := run(ctx, work, bin, r.command)
	if err != nil {
		return err
	}
	if r.shows != nil {
		if to.shown, err = r.shows(work, out, u); err != nil {
			return err
		}
	}
	to.all = append(to.all, u)
	return nil
}
