package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

// used is what a command took, with all that it started and waited for.
type used struct {
	wall, cpu time.Duration
	rss       int64   // bytes, of the largest process
	others    float64 // cores that other processes used meanwhile
	said      []byte  // on stderr
}

// run runs a command line in the folder; the exit status of a benchmark that named failures, 1, is
// no reason to stop, for its output says so.
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
	fmt.Fprintf(&b, "\n%s\nSeconds: the median of as many runs as stand in brackets, with the least and the most; rows of several runs are run in turn. Others' cores: what other processes used meanwhile.\n%s\n",
		table, place(commit, time.Since(began)))
	return b.String(), nil
}

// runs are those of a row, and what of the results is shown.
type runs struct {
	all   []used
	shown string
}

// measure runs the rows in turn, so that a slow minute hits all, each as often as it wants.
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

// line is a row's line of the table: of the run with the median time.
func (m runs) line(label string) string {
	all := slices.SortedFunc(slices.Values(m.all), func(a, b used) int { return cmp.Compare(a.wall, b.wall) })
	u, seconds := all[(len(all)-1)/2], ""
	if len(all) > 1 {
		seconds = fmt.Sprintf(" (%d: %.1f to %.1f)", len(all), all[0].wall.Seconds(), all[len(all)-1].wall.Seconds())
	}
	return fmt.Sprintf("| %s | %.1f%s | %.1f | %d | %.1f | %s |\n", label, u.wall.Seconds(), seconds, u.cpu.Seconds(), u.rss>>20, u.others, m.shown)
}

// place says where and when.
func place(commit string, took time.Duration) string {
	h := machine.ThisHost()
	return fmt.Sprintf("%s, class %s, %d cores, %d GiB, %s/%s; %s, commit %s; took %s.", h.CPU, h.Processor.Class(), h.Cores, h.MemoryBytes>>30, h.OS, h.Arch,
		time.Now().UTC().Format(time.DateOnly), commit, took.Round(time.Second))
}

// recallOf is a fastclip run's recall.
func recallOf(out, variant string) showing {
	return func(work string, _ []byte, _ used) (string, error) {
		res, err := store.LoadRun(filepath.Join(work, out), store.TableScores)
		if err != nil {
			return "", err
		}
		at := map[string]float64{}
		for _, s := range res.Scores {
			if s.Variant == variant {
				at[s.Direction+" "+s.Metric] = 100 * s.Value
			}
		}
		return recallText(at["t2i R@1"], at["t2i R@5"], at["t2i R@10"], at["i2t R@5"]), nil
	}
}

// recallIn is CLIP_benchmark's.
func recallIn(file string) showing {
	return func(work string, _ []byte, _ used) (string, error) {
		data, err := os.ReadFile(filepath.Join(work, file))
		if err != nil {
			return "", err
		}
		var got struct {
			Metrics map[string]float64 `json:"metrics"`
		}
		if err := json.Unmarshal(data, &got); err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		m := got.Metrics
		return recallText(100*m["image_retrieval_recall@1"], 100*m["image_retrieval_recall@5"], 100*m["image_retrieval_recall@10"], 100*m["text_retrieval_recall@5"]), nil
	}
}

func recallText(one, five, ten, texts float64) string {
	return fmt.Sprintf("image R@1/5/10 %.4f/%.4f/%.4f, text R@5 %.4f", one, five, ten, texts)
}

// itemsOf is what a run of so many items took of each, and how long its parts took by what it said
// on stderr.
func itemsOf(items int) showing {
	return func(_ string, _ []byte, u used) (string, error) {
		parts := []string{fmt.Sprintf("%.2f ms an item", 1000*u.wall.Seconds()/float64(items))}
		for _, m := range partTaken.FindAllStringSubmatch(string(u.said), -1) {
			parts = append(parts, m[1]+" "+m[2])
		}
		return strings.Join(parts, ", "), nil
	}
}

var partTaken = regexp.MustCompile(`(?m)^(embedding|scoring)[^:\n]*: done in (\S+)$`)
