package judgecmd

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/history"
	"github.com/spf13/cobra"
)

type historyFlags struct {
	format    string
	all, last bool
	filter    history.Filter
}

func NewHistoryCmd(e *cli.Env) *cobra.Command {
	var f historyFlags
	cmd := &cobra.Command{
		Use:   "history ROOT",
		Short: "follow scores, drift and times over many runs, and find when a level changed",
		Long: `history reads every finished run below ROOT, flat or as eval --history lays them out
(ROOT/date=DATE/run=ID), and prints what changed its level, and on which night. With --all, or
if you name variants, datasets, metrics or a kind, it also prints the steady lines.

Kinds: score (metrics R@1 ...), drift (from the run's own reference; metrics are the stages:
normalise, embedding, unit, similarity), time (ms per item; metrics are the phases, and total),
ratio (total relative to the other variants; it does not show a slow night of the machine).

Steps are found by Hunter's method (Fleming and others 2023): E-divisive means and Student's t.
Times from different machines form separate lines. When a dataset's content changes, nothing is
compared across that night. A run that is unfinished or cannot be read is named on stderr. A copy
of a run is also named, and counts once. Nights are sorted in the order in which they were run,
whatever a clock said.

Exit status: 0 done, 1 done but a run could not be read, 2 wrong call, or no finished run.`,
		Example: `  fastclip history results
  fastclip history results --kind time --variants onnx/mini --format plot
  fastclip history results --metrics R@1 --of t2i --format csv > history.csv
  fastclip history results --last    # the newest finished run's folder`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return runHistory(e, args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "one of "+strings.Join(history.Formats(), ", "))
	flags.BoolVar(&f.all, "all", false, "also print the lines without a step")
	flags.BoolVar(&f.last, "last", false, "print the newest finished run's folder, and nothing else")
	flags.StringVar(&f.filter.Kind, "kind", "", "only score, drift, time or ratio")
	flags.StringSliceVar(&f.filter.Variants, "variants", nil, "only these variants")
	flags.StringSliceVar(&f.filter.Datasets, "datasets", nil, "only these datasets (times have none)")
	flags.StringSliceVar(&f.filter.Metrics, "metrics", nil, "only these metrics, stages or phases")
	flags.StringSliceVar(&f.filter.Of, "of", nil, "only these directions or modalities")
	return cmd
}

func runHistory(e *cli.Env, root string, f historyFlags) error {
	if err := knownFormat(f.format, history.Formats()); err != nil {
		return err
	}
	kinds := []string{"", history.Score, history.Drift, history.Time, history.Ratio}
	if !slices.Contains(kinds, f.filter.Kind) {
		return cli.WrongCall(fmt.Errorf("unknown kind %q: want one of %s", f.filter.Kind, strings.Join(kinds[1:], ", ")))
	}
	h, err := history.Load(root)
	if errors.Is(err, fs.ErrNotExist) {
		return cli.WrongCall(fmt.Errorf("%w: name the folder that eval --history or --results wrote to", err))
	}
	if err != nil {
		return cli.WrongCall(err)
	}
	for _, s := range h.Skipped {
		fmt.Fprintf(e.Stderr, "skipped %s: %s\n", filepath.Join(root, s.Dir), s.Reason)
	}
	for _, s := range h.Copies {
		fmt.Fprintf(e.Stderr, "%s is %s\n", filepath.Join(root, s.Dir), s.Reason)
	}
	if f.last {
		fmt.Fprintln(e.Stdout, filepath.Join(root, filepath.FromSlash(h.Nights[len(h.Nights)-1].Dir)))
		return nil
	}
	f.filter.Stepped = !f.all && f.unnamed()
	shown := h.Select(f.filter)
	if len(shown.Series) == 0 && !f.filter.Stepped {
		return cli.WrongCall(fmt.Errorf("no line matches these filters: to see all lines: %s --all", "fastclip history "+root))
	}
	if err := history.Write(e.Stdout, f.format, shown); err != nil {
		return err
	}
	if f.filter.Stepped {
		fmt.Fprintf(e.Stderr, "%d of %d lines have a step: --all shows the others\n", len(shown.Series), len(h.Series))
	}
	if len(h.Skipped) > 0 {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}

// unnamed reports whether the user chose nothing, and wants text to read.
func (f historyFlags) unnamed() bool {
	x := f.filter
	return x.Kind == "" && len(x.Variants)+len(x.Datasets)+len(x.Metrics)+len(x.Of) == 0 && (f.format == "text" || f.format == "plot")
}
