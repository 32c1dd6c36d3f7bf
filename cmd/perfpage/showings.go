package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

// runs has the runs of a row, and what is shown of the results.
type runs struct {
	all   []used
	shown string
}

// line is a row of the table: the run with the median time.
func (m runs) line(label string) string {
	all := slices.SortedFunc(slices.Values(m.all), func(a, b used) int { return cmp.Compare(a.wall, b.wall) })
	u, seconds := all[(len(all)-1)/2], ""
	if len(all) > 1 {
		seconds = fmt.Sprintf(" (%d: %.1f to %.1f)", len(all), all[0].wall.Seconds(), all[len(all)-1].wall.Seconds())
	}
	return fmt.Sprintf("| %s | %.1f%s | %.1f | %d | %.1f | %s |\n", label, u.wall.Seconds(), seconds, u.cpu.Seconds(), u.rss>>20, u.others, m.shown)
}

// place says where and when the section was measured.
func place(commit string, took time.Duration) string {
	h := machine.ThisHost()
	return fmt.Sprintf("%s, class %s, %d cores, %d GiB, %s/%s; %s, commit %s; took %s.", h.CPU, h.Processor.Class(), h.Cores, h.MemoryBytes>>30, h.OS, h.Arch,
		time.Now().UTC().Format(time.DateOnly), commit, took.Round(time.Second))
}

// recallOf shows a fastclip run's recall.
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

// recallIn shows CLIP_benchmark's recall.
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

// itemsOf shows the time per item of a run with that many items, and the times of its parts, which the run printed on stderr.
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

// loadAndRun shows the times that ort_towers.py prints.
func loadAndRun(_ string, stdout []byte, _ used) (string, error) {
	var load, run, cpu float64
	if _, err := fmt.Sscan(string(stdout), &load, &run, &cpu); err != nil {
		return "", fmt.Errorf("%q: want the seconds of loading, of running and of CPU: %w", stdout, err)
	}
	return fmt.Sprintf("%.1f s to load, %.1f s to run: %.1f CPU s", load, run, cpu), nil
}
