package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/reports"
)

func newReportCmd(e *env) *cobra.Command {
	var f reportFlags
	var depth int
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "print a finished run as Markdown, HTML, CSV or JSON",
		Long: `report prints the scores, drift, speed and findings of a finished run, made from its
Parquet files alone.

html is one self-contained page: verdict, sortable tables, charts, and why each variant differs.
It shows the pictures concerned if the run's datasets are available. md is for pull requests; with
-o FILE its charts are SVG files in a folder beside it. json has all numbers. csv has scores, drift
and times, one row per variant. scores has every score with its interval, ties and test, as csv.
trec writes the judgements and every variant's results to the folder -o, for trec_eval and fastclip
score, and prints the commands that give the numbers of scores.parquet.

Exit status: 0 done, 1 the report could not be written, 2 wrong call or no finished run.`,
		Example: `  fastclip report results/20260102-030405
  fastclip report results/20260102-030405 --format html -o report.html
  fastclip report "$(fastclip history results --last)" --format html --history results -o report.html
  fastclip report results/20260102-030405 --format trec -o trec`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.format == "trec" {
				return writeTREC(cmd.Context(), e, args[0], f.out, depth, cmd.Flags().Changed("depth"))
			}
			return runReport(cmd.Context(), e, args[0], f)
		},
	}
	cmd.Flags().StringVar(&f.format, "format", "md", "one of "+strings.Join(append(reports.Formats(), "trec"), ", "))
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write this file (default: stdout)")
	cmd.Flags().StringVar(&f.history, "history", "", "html, md: a results root with earlier runs; the report shows their numbers over time")
	cmd.Flags().StringVar(&f.verdict, "verdict", "", "html, md: the file that gate --write json=FILE (or text=FILE) wrote for this run; the report opens with it")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "md: the address under which its pictures will be found (default: the folder beside it)")
	cmd.Flags().IntVar(&depth, "depth", 0, "trec: number of best items per query (default all)")
	return cmd
}

type reportFlags struct{ format, out, history, pictures, verdict string }

func runReport(ctx context.Context, e *env, dir string, f reportFlags) (err error) {
	res, err := reports.Load(dir, f.format)
	if err != nil {
		return usageError{fmt.Errorf("%s is no finished run: %w: name the folder that fastclip eval printed", dir, err)}
	}
	var x reports.Extras
	if x.Night, err = readNight(f.verdict, res.Run.RunID); err != nil {
		return usageError{err}
	}
	if f.history != "" {
		if x.History, err = history.Load(f.history); err != nil {
			return usageError{fmt.Errorf("--history: %w: name the folder that eval --history or --results wrote to", err)}
		}
	}
	if f.format == "html" {
		g, reason, failed := openGallery(ctx, e.stderr, dir, res)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		x.Dir, x.Gallery, x.NoImages = dir, g, reason
	}
	if f.format == "md" && f.out != "" {
		if x.Pictures, err = writePictures(res, x, f); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if err := reports.WriteWith(&b, f.format, res, x); errors.Is(err, reports.ErrFormat) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	if f.out != "" {
		return replaceFile(f.out, b.Bytes())
	}
	_, err = e.stdout.Write(b.Bytes())
	return err
}

// writePictures writes a Markdown report's charts into a folder beside it, and says what its links
// begin with.
func writePictures(res *store.Results, x reports.Extras, f reportFlags) (string, error) {
	drawings, err := reports.Drawings(res, x)
	if err != nil || len(drawings) == 0 {
		return "", err
	}
	base := filepath.Base(f.out)
	folder := strings.TrimSuffix(base, filepath.Ext(base)) + "-pictures"
	dir := filepath.Join(filepath.Dir(f.out), folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("write pictures: %w", err)
	}
	for _, d := range drawings {
		if err := replaceFile(filepath.Join(dir, d.Name), []byte(d.SVG)); err != nil {
			return "", err
		}
	}
	if f.pictures != "" {
		return f.pictures, nil
	}
	return folder, nil
}

// replaceFile writes under a temporary name in the same folder and renames: path is the old file
// or the whole new one. A device or a pipe is written to.
func replaceFile(path string, data []byte) (err error) {
	if special(path) {
		return os.WriteFile(path, data, 0o644)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w: see that the folder exists and may be written", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// special tells whether a path is something that no file can stand for, such as /dev/stdout.
func special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
