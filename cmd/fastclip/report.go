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
	"github.com/fastclip/fastclip/reports"
)

func newReportCmd(e *env) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "a finished run as Markdown, HTML, CSV or JSON",
		Long: `report prints the scores, drift, speed and findings of a finished run, made from its
Parquet files alone.

md and html are for reading; json is everything as numbers; csv is the performance table,
a row a variant.

Exit status: 0 done, 1 the report could not be written, 2 wrong call or no finished run.`,
		Example: `  fastclip report results/20260102-030405
  fastclip report results/20260102-030405 --format html -o report.html`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd.Context(), e, args[0], format, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "md", "one of "+strings.Join(reports.Formats(), ", "))
	cmd.Flags().StringVarP(&out, "output", "o", "", "write this file (default: stdout)")
	return cmd
}

func runReport(ctx context.Context, e *env, dir, format, out string) (err error) {
	tables := reportTables()
	if format == "html" {
		tables = append(tables, store.TableQueries) // its gallery shows them
	}
	res, err := store.LoadRun(dir, tables...)
	if err != nil {
		return usageError{fmt.Errorf("%s is no finished run: %w: name the folder that fastclip eval printed", dir, err)}
	}
	var extras reports.Extras
	if format == "html" {
		g, reason, failed := openGallery(ctx, e.stderr, dir, res)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		extras = reports.Extras{Dir: dir, Gallery: g, NoImages: reason}
	}
	var b bytes.Buffer
	if err := reports.WriteWith(&b, format, res, extras); errors.Is(err, reports.ErrFormat) {
		return usageError{err}
	} else if err != nil {
		return err
	}
	if out != "" {
		return replaceFile(out, b.Bytes())
	}
	_, err = e.stdout.Write(b.Bytes())
	return err
}

// replaceFile writes under a temporary name in the same folder and renames: path is the old file
// or the whole new one.
func replaceFile(path string, data []byte) (err error) {
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

// reportTables is every table but the queries, by far the largest, which no report shows.
func reportTables() []store.Table {
	return []store.Table{
		store.TableRun, store.TableDatasets, store.TableVariants, store.TableScores, store.TablePooled, store.TableDrift, store.TableTimings, store.TableFailures,
	}
}
