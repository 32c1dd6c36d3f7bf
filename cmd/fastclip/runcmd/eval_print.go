package runcmd

import (
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/terminal"
)

// printRun writes the run's name to a file, prints the report or a screen of it to stdout, and reports failures on stderr. The run is already written, so an
// error here is an additional failure.
func printRun(e *cli.Env, out eval.Outcome, file string, full bool) error {
	res, err := reports.LoadText(out.Dir)
	if err != nil {
		return err
	}
	if out.Reused {
		fmt.Fprintf(e.Stderr, "nothing has changed since this run: %s\n", out.Dir)
	}
	err = nameRun(file, out.Dir)
	if failed := show(e, res, out.Dir, full); failed != nil {
		err = errors.Join(err, fmt.Errorf("the report could not be written: %w", failed))
	}
	fmt.Fprintf(e.Stderr, "results: %s\n", out.Dir)
	if out.Failures == 0 && err == nil {
		return nil
	}
	for _, v := range res.Variants {
		if v.Failed() {
			fmt.Fprintf(e.Stderr, "variant %s: %s: %s\n", v.Variant, v.Status, v.Reason)
		}
	}
	for _, x := range res.Failures {
		where := "dataset " + x.Dataset
		if x.Dataset == "" { // the variant could not even be opened
			where = "all datasets"
		}
		fmt.Fprintf(e.Stderr, "%s: %s: %s: %s\n", where, x.Item, x.Stage, x.Reason)
	}
	return cli.ExitError{Code: cli.ExitFailures, Err: err}
}

// show prints a screen of the report, and says where the full report is.
func show(e *cli.Env, res *store.Results, dir string, full bool) error {
	if full {
		return reports.Write(e.Stdout, "md", res)
	}
	columns, _ := cli.Terminal(e.Stdout)
	return terminal.Write(e.Stdout, res, terminal.Screen{
		Columns: columns, Colour: cli.Colour(e.Stdout), Full: "full report: fastclip report " + dir + " (--format html -o report.html)",
	})
}
