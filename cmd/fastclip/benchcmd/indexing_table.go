package benchcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

func writeIndexingJSON(out *json.Encoder, res bench.IndexingResult, b suite.Bench, images string) error {
	for _, r := range res.Rows {
		for _, phase := range append(slices.Clone(r.Phases), bench.PhaseTotal) {
			row := bench.NewIndexingLine(r, phase, b, images)
			row.Unsteady = res.Warnings
			if err := out.Encode(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeIndexing prints the table of the research notes, and for each modality a table of phases.
func writeIndexing(w io.Writer, rows []bench.IndexingRow, b suite.Bench, images string) error {
	host := machine.ThisHost()
	fmt.Fprintf(w, "%s, %d cores; %s; images from %s\n", host.CPU, host.Cores, rows[0].Backend, images)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	addDocumentsTable(table, rows)
	for _, modality := range []string{store.TowerImage, store.TowerText} {
		phasesTable(table, rows, modality, b, images)
	}
	return table.Flush()
}

// phasesTable has one row per variant and client batch size, and one column per phase.
func phasesTable(w io.Writer, rows []bench.IndexingRow, modality string, b suite.Bench, images string) {
	titled := false
	for _, r := range rows {
		if r.Modality != modality {
			continue
		}
		if !titled {
			titled = true
			fmt.Fprintf(w, "\n%s: median ms a document, after the warm-up\nvariant\tCBS", modality)
			for _, phase := range r.Phases {
				fmt.Fprintf(w, "\t%s", phase)
			}
			fmt.Fprintln(w, "\ttotal\t95 % CI\tbatches\tdocuments\trecall@10\tconverged")
		}
		if fmt.Fprintf(w, "%s\t%d", r.Variant, r.Batch); r.Status != store.StatusOK {
			fmt.Fprintf(w, "\t%s: %s\n", r.Status, r.Reason)
			continue
		}
		for _, phase := range r.Phases {
			fmt.Fprintf(w, "\t%s", num(bench.NewIndexingLine(r, phase, b, images).MSMedian, 3))
		}
		x := bench.NewIndexingLine(r, bench.PhaseTotal, b, images)
		fmt.Fprintf(w, "\t%s\t%s to %s\t%d\t%d\t%s\t%s\n", num(x.MSMedian, 3), num(x.MSLow, 3), num(x.MSHigh, 3), x.N, x.Documents, num(x.Recall, 3), x.State)
	}
}

// indexingOutcome reports on stderr what failed, what was left out and what was unsteady.
func indexingOutcome(e *cli.Env, res bench.IndexingResult) error {
	failed := len(res.Problems) > 0
	for _, p := range res.Problems {
		fmt.Fprintln(e.Stderr, p)
	}
	for _, r := range res.Rows {
		if r.Status != store.StatusOK {
			failed = true
			fmt.Fprintf(e.Stderr, "%s %s CBS %d: %s: %s\n", r.Variant, r.Modality, r.Batch, r.Status, r.Reason)
		}
	}
	warnUnsteady(e, res.Warnings)
	if failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
