// Package trackers writes a run in the offline formats of MLflow and of Weights & Biases. Their own
// libraries do the writing, in scripts that uv runs.
package trackers

import (
	"bytes"
	"context"
	"embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/internal/store"
)

//go:embed mlflow_export.py wandb_export.py
var scripts embed.FS

// Formats are the trackers.
func Formats() []string { return []string{"mlflow", "wandb"} }

// Run is what a tracker receives. It makes a separate tracker run for each variant.
type Run struct {
	Suite      string    `json:"suite"` // name of the experiment or the project
	RunID      string    `json:"run_id"`
	StartedMS  int64     `json:"started_ms"`
	FinishedMS int64     `json:"finished_ms"`
	Variants   []Variant `json:"variants"`
}

// Variant is what a tracker receives about one variant.
type Variant struct {
	Name    string             `json:"name"`
	Tags    map[string]string  `json:"tags"`
	Params  map[string]string  `json:"params"`
	Metrics map[string]float64 `json:"metrics"`
}

// Of splits a run into variants. table is the run's report as CSV. Its columns become metrics, next to
// every score.
func Of(res *store.Results, table []byte) (Run, error) {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 {
		return Run{}, fmt.Errorf("table of the run: %d rows: %w", len(rows), err)
	}
	run := Run{Suite: res.Run.Suite, RunID: res.Run.RunID, StartedMS: res.Run.StartedAt.UnixMilli(), FinishedMS: res.Run.FinishedAt.UnixMilli()}
	for _, v := range res.Variants {
		made := Variant{Name: v.Variant, Tags: tagsOf(res.Run, v), Params: paramsOf(v), Metrics: map[string]float64{}}
		for _, row := range rows[1:] {
			if row[0] == sheet.Text(v.Variant) {
				err = errors.Join(err, made.addRow(rows[0], row))
			}
		}
		for _, s := range res.Scores {
			if s.Variant == v.Variant {
				err = errors.Join(err, made.addScore(s))
			}
		}
		run.Variants = append(run.Variants, made)
	}
	return run, err
}

// addRow adds the numbers of a row of the table. The first five columns hold no numbers.
func (v Variant) addRow(header, row []string) (err error) {
	for i := 5; i < len(row); i++ {
		if n, bad := strconv.ParseFloat(row[i], 64); bad == nil {
			err = errors.Join(err, v.add("summary/"+header[i], n))
		}
	}
	return err
}

func (v Variant) addScore(s store.Score) error {
	name := "scores/" + s.Dataset + "/" + s.Direction + "/" + s.Metric
	return errors.Join(v.add(name, s.Value), v.add(name+".ci_low", s.CILow), v.add(name+".ci_high", s.CIHigh))
}

// add records a metric under a name that the trackers accept.
func (v Variant) add(name string, value float64) error {
	name = strings.Map(func(r rune) rune {
		if r < 128 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./ ", r)) {
			return r
		}
		return '_'
	}, strings.ReplaceAll(name, "@", "_at_"))
	if _, twice := v.Metrics[name]; twice {
		return fmt.Errorf("%s: two numbers get the same name %q, because trackers do not allow some of the characters: rename a dataset", v.Name, name)
	}
	v.Metrics[name] = value
	return nil
}

func tagsOf(r store.Run, v store.Variant) map[string]string {
	tags := map[string]string{"status": v.Status, "is_reference": strconv.FormatBool(v.IsReference), "host": r.Host, "cpu": r.CPUModel,
		"fastclip": r.ToolVersion, "commit": r.ToolCommit, "plan_sha256": r.PlanSHA256, "suite_sha256": r.SuiteSHA256}
	if v.Reason != "" {
		tags["reason"] = v.Reason
	}
	return tags
}

func paramsOf(v store.Variant) map[string]string {
	all := map[string]string{"model": v.Model, "model_sha256": v.ModelSHA256, "runtime": v.Runtime, "runtime_version": v.RuntimeVersion,
		"provider": v.Provider, "precision": v.Precision, "preprocess": v.Preprocess, "decoder": v.Decoder, "tokenizer": v.Tokenizer,
		"dim": strconv.FormatInt(v.Dim, 10), "batch": strconv.FormatInt(v.Batch, 10), "threads": strconv.FormatInt(v.Threads, 10)}
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

// Write makes the tracker's library write a run into a new or empty folder. When it fails, Write removes
// what it made.
func Write(ctx context.Context, format, dir string, run Run, stderr io.Writer) (err error) {
	entries, err := os.ReadDir(dir)
	fresh := errors.Is(err, os.ErrNotExist)
	switch {
	case err != nil && !fresh:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty: name a new folder", dir)
	}
	text, err := json.Marshal(run)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "fastclip-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	input := filepath.Join(scratch, "run.json")
	if err := errors.Join(os.WriteFile(input, text, 0o600), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	err = python.RunTool(ctx, python.Script{Files: scripts, Name: format + "_export.py"}, stderr, stderr, input, dir)
	if err != nil {
		return errors.Join(err, undo(dir, fresh))
	}
	return nil
}

// undo restores the folder: it removes a fresh one and empties an old one.
func undo(dir string, fresh bool) (err error) {
	if fresh {
		return os.RemoveAll(dir)
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
