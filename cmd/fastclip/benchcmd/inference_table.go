package benchcmd

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

// writeInference prints three tables: that of the research notes, the steady state, and what it cost to get there.
func writeInference(w io.Writer, rows []bench.InferenceRow, suite *suite.Suite) error {
	host := machine.ThisHost()
	fmt.Fprintf(w, "%s, %d cores; reference %s\n", host.CPU, host.Cores, suite.Reference)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	notesTable(table, rows)
	fmt.Fprintln(table, "\nSteady state: ms a call\ntower\tbatch\tthreads\tvariant\tmedian\t95 % CI\tp90\tp99\titems/s\tspeed-up\tmean abs diff\tcalls\tconverged")
	for _, r := range rows {
		x, head := bench.NewInferenceLine(r, suite.Bench, nil), cellHead(r)
		if x.N == 0 {
			fmt.Fprintf(table, "%s\t%s\n", head, unmeasured(r))
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s to %s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", head, num(x.MSMedian, 3), num(x.MSLow, 3), num(x.MSHigh, 3),
			num(x.MSP90, 3), num(x.MSP99, 3), num(x.PerSecond, 1), speedUp(r), small(x.MeanAbs), x.N, x.State)
	}
	fmt.Fprint(table, "\nStart and cost\ntower\tbatch\tthreads\tvariant\tcold ms\tload ms\tfirst call ms\tfirst of batch ms\twarm-up calls\tpeak RSS MB\tcpu s/item\titems/s/core")
	if suite.Bench.PricePerHour > 0 {
		fmt.Fprintf(table, "\titems/$ at %g $/h", suite.Bench.PricePerHour)
	}
	fmt.Fprintln(table)
	for _, r := range rows {
		x := bench.NewInferenceLine(r, suite.Bench, nil)
		if x.N == 0 {
			continue
		}
		rss := noFigure
		if x.PeakRSS != nil {
			rss = fmt.Sprint(*x.PeakRSS >> 20)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s", cellHead(r), num(x.ColdMS, 0), num(x.LoadMS, 0), num(x.FirstMS, 2), num(x.FirstShape, 2),
			x.Warmup, rss, num(x.CPU, 5), num(x.PerCore, 1))
		if suite.Bench.PricePerHour > 0 {
			fmt.Fprintf(table, "\t%s", num(x.PerDollar, 0))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

func cellHead(r bench.InferenceRow) string {
	return fmt.Sprintf("%s\t%d\t%d\t%s", r.Tower, r.Batch, r.Threads, r.Variant)
}

func unmeasured(r bench.InferenceRow) string {
	if r.Status != store.StatusOK {
		return r.Status + ": " + r.Reason
	}
	return "not converged: no second call"
}

func speedUp(r bench.InferenceRow) string {
	switch {
	case r.Wrong != "":
		return "wrong answer"
	case bench.Known(r.SpeedUp) == nil:
		return noFigure
	}
	return fmt.Sprintf("%.2fx (%.2f to %.2f)", r.SpeedUp, r.SpeedLow, r.SpeedHigh)
}

// inferenceOutcome reports on stderr what failed, what is wrong and what was unsteady.
func inferenceOutcome(e *cli.Env, rows []bench.InferenceRow, warnings []string) error {
	failed := false
	for _, r := range rows {
		what := fmt.Sprintf("%s %s batch %d threads %d", r.Variant, r.Tower, r.Batch, r.Threads)
		switch {
		case r.Status != store.StatusOK:
			failed = true
			fmt.Fprintf(e.Stderr, "%s: %s: %s\n", what, r.Status, r.Reason)
		case r.Wrong != "":
			failed = true
			fmt.Fprintf(e.Stderr, "%s: wrong answer: %s\n", what, r.Wrong)
		}
	}
	warnUnsteady(e, warnings)
	if failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
