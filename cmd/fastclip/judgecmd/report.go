package judgecmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/terminal"
	"github.com/fastclip/fastclip/reports/trackers"
	"github.com/spf13/cobra"
)

func NewReportCmd(e *cli.Env) *cobra.Command {
	var f reportFlags
	var depth int
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "print a finished run as Markdown, HTML, CSV or JSON",
		Long: `report prints the scores, drift, speed and findings of a finished run, made from its
Parquet files alone.

text is a screen: the verdict and a line for each variant, the worst first, as eval prints it.
html is one self-contained page: verdict, sortable tables, charts, and why each variant differs.
It shows the pictures concerned if the run's datasets are available. md is for pull requests; with
-o FILE its charts are SVG files in a folder beside it. json has all numbers. csv has scores, drift
and times, one row per variant. scores has every score with its interval, ties and test, as csv.
trec writes the judgements and every variant's results to the folder -o, for trec_eval and fastclip
score, and prints the commands that give the numbers of scores.parquet. mlflow and wandb write a run
for each variant into the folder -o, which must be new or empty: MLflow's file store, or offline runs
of Weights & Biases. Their own libraries write them; uv fetches those.

Exit status: 0 done, 1 the report could not be written, 2 wrong call or no finished run.`,
		Example: `  fastclip report results/20260102-030405
  fastclip report results/20260102-030405 --format html -o report.html
  fastclip report "$(fastclip history results --last)" --format html --history results -o report.html
  fastclip report results/20260102-030405 --format trec -o trec
  fastclip report results/latest --format mlflow -o mlruns`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.format == "trec" {
				return writeTREC(cmd.Context(), e, args[0], f.out, depth, cmd.Flags().Changed("depth"))
			}
			if slices.Contains(trackers.Formats(), f.format) {
				return writeTracker(cmd.Context(), e, args[0], f)
			}
			return runReport(cmd.Context(), e, args[0], f)
		},
	}
	cmd.Flags().StringVar(&f.format, "format", "md", "one of "+strings.Join(append(append(reports.Formats(), "text", "trec"), trackers.Formats()...), ", "))
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write this file (default: stdout)")
	cmd.Flags().StringVar(&f.history, "history", "", "html, md: a results root with earlier runs; the report shows their numbers over time")
	cmd.Flags().StringVar(&f.verdict, "verdict", "", "html, md: the file that gate --write json=FILE (or text=FILE) wrote for this run; the report opens with it")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "md: the address under which its pictures will be found (default: the folder beside it)")
	cmd.Flags().IntVar(&depth, "depth", 0, "trec: number of best items per query (default all)")
	return cmd
}

type reportFlags struct{ format, out, history, pictures, verdict string }

func runReport(ctx context.Context, e *cli.Env, dir string, f reportFlags) (err error) {
	res, err := reports.Load(dir, f.format)
	if err != nil {
		return cli.WrongCall(fmt.Errorf("%s is not a finished run: %w: name the folder that fastclip eval printed", dir, err))
	}
	var x reports.Extras
	if x.Night, err = readNight(f.verdict, res.Run.RunID); err != nil {
		return cli.WrongCall(err)
	}
	if f.history != "" {
		if x.History, err = history.Load(f.history); err != nil {
			return cli.WrongCall(fmt.Errorf("--history: %w: name the folder that eval --history or --results wrote to", err))
		}
	}
	if f.format == "html" {
		g, reason, failed := openGallery(ctx, e.Stderr, dir, res)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		if ctx.Err() != nil {
			return context.Cause(ctx) // otherwise a page without pictures would replace a complete one
		}
		x.Dir, x.Gallery, x.NoImages = dir, g, reason
	}
	if f.format == "md" && f.out != "" {
		if x.Pictures, err = writePictures(res, x, f); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	if f.format == "text" {
		columns, _ := cli.Terminal(e.Stdout)
		if err := terminal.Write(&b, res, terminal.Screen{Columns: columns, Colour: f.out == "" && cli.Colour(e.Stdout)}); err != nil {
			return err
		}
	} else if err := reports.WriteWith(&b, f.format, res, x); errors.Is(err, formats.ErrUnknown) {
		return cli.WrongCall(err)
	} else if err != nil {
		return err
	}
	if f.out != "" {
		return cli.ReplaceFile(f.out, b.Bytes())
	}
	_, err = e.Stdout.Write(b.Bytes())
	return err
}
