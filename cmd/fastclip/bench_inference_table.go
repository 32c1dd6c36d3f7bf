package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

const noFigure = "-"

// writeInference prints three tables: as the research notes have it, the steady state, and
// what it took to get there and costs.
func writeInference(w io.Writer, rows []bench.InferenceRow, suite *suite.Suite) error {
	host := machine.ThisHost()
	fmt.Fprintf(w, "%s, %d cores; reference %s\n", host.CPU, host.Cores, suite.Reference)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	notesTable(table, rows)
	fmt.Fprintln(table, "\nSteady state: ms a call\ntower\tbatch\tthreads\tvariant\tmedian\t95 % CI\tp90\tp99\titems/s\tspeed-up\tmean abs diff\tcalls\tconverged")
	for _, r := range rows {
		x, head := newInferenceRow(r, suite.Bench, nil), cellHead(r)
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
		x := newInferenceRow(r, suite.Bench, nil)
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

// notesTable has a row a variant: milliseconds an item as mean ± standard deviation, and how far
// its embeddings are from the reference's. A star marks what has not converged.
func notesTable(w io.Writer, rows []bench.InferenceRow) {
	type column struct{ batch, threads int }
	var columns []column
	var variants []string
	for _, r := range rows {
		if c := (column{r.Batch, r.Threads}); !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
		if !slices.Contains(variants, r.Variant) {
			variants = append(variants, r.Variant)
		}
	}
	for _, c := range columns {
		fmt.Fprintf(w, "\nBatch %d, threads %d: ms an item, mean ± std\nvariant\timage\ttext\tDIFF image (mean)\tDIFF text (mean)\n", c.batch, c.threads)
		for _, v := range variants {
			ms, diff := map[string]string{store.TowerImage: noFigure, store.TowerText: noFigure}, map[string]string{store.TowerImage: noFigure, store.TowerText: noFigure}
			for _, r := range rows {
				if r.Variant != v || r.Batch != c.batch || r.Threads != c.threads {
					continue
				}
				ms[r.Tower], diff[r.Tower] = perItem(r), small(known(r.MeanAbs))
				if r.Wrong != "" {
					diff[r.Tower] += " wrong"
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v, ms[store.TowerImage], ms[store.TowerText], diff[store.TowerImage], diff[store.TowerText])
		}
	}
}

func perItem(r bench.InferenceRow) string {
	if r.Status != store.StatusOK {
		return r.Status
	}
	ms := inMS(r.Settled())
	if len(ms) < 2 {
		return "too few calls"
	}
	mean, std := stats.MeanStd(ms)
	star := ""
	if !r.Steady || r.Short {
		star = " *"
	}
	return fmt.Sprintf("%.3f ± %.3f%s", mean/float64(r.Batch), std/float64(r.Batch), star)
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
	case known(r.SpeedUp) == nil:
		return noFigure
	}
	return fmt.Sprintf("%.2fx (%.2f to %.2f)", r.SpeedUp, r.SpeedLow, r.SpeedHigh)
}

func num(x *float64, digits int) string {
	if x == nil {
		return noFigure
	}
	return fmt.Sprintf("%.*f", digits, *x)
}

func small(x *float64) string {
	if x == nil {
		return noFigure
	}
	return fmt.Sprintf("%.1e", *x)
}
