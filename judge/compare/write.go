package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/paired"
)

// Formats are the names that Write takes.
func Formats() []string { return []string{"md", "json"} }

// Write writes a comparison as Markdown or JSON.
func Write(w io.Writer, format string, c *Comparison) error {
	switch format {
	case "md":
		_, err := io.WriteString(w, markdown(c))
		return err
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		out := *c
		out.Pooled = c.DefaultPooled()
		return enc.Encode(out)
	}
	return fmt.Errorf("unknown format %q: want one of %s", format, strings.Join(Formats(), ", "))
}

func (d Difference) String() string {
	of := ""
	if d.Of != "" {
		of = d.Of + ": "
	}
	return fmt.Sprintf("%s%s: %s, was %s", of, d.Name, cmp.Or(d.Head, "none"), cmp.Or(d.Base, "none"))
}

// shown is the corrected p value below which a difference is written out.
const shown = 0.05

func markdown(c *Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s against %s\n", c.Head.RunID, c.Base.RunID)
	list(&b, "What differs", c.Environment, "Nothing: tool, machine, libraries, models, datasets and suite are the same.")
	if len(c.Problems) > 0 {
		list(&b, "Could not be compared", c.Problems, "")
	}
	if len(c.Unlike) > 0 {
		list(&b, "Of another kind of processor", c.Unlike, "")
	}
	if len(c.Notes) > 0 {
		list(&b, "Notes", c.Notes, "")
	}
	pooledTable(&b, c.DefaultPooled())
	scoreTable(&b, c.Scores)
	driftTable(&b, c.Drift)
	budgetTable(&b, c.Budgets)
	ladderTable(&b, c.Ladder)
	timingTable(&b, c.Timings)
	return b.String()
}

func list[T any](b *strings.Builder, title string, items []T, none string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", text(fmt.Sprint(item)))
	}
	if len(items) == 0 {
		fmt.Fprintln(b, none)
	}
}

// pooledTable has a row for each variant and metric in which any query differs.
func pooledTable(b *strings.Builder, rows []paired.Pooled) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(p paired.Pooled) bool { return p.Changed == 0 })
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(b, "\n## Scores over all searches together\n\nThe mean over datasets and directions, in points of 100; ~: nothing is shown (p, corrected for all rows by step-down maxT, of 5 % or more).\n\n"+
		"| variant | metric | base | head | delta | p | searches | queries changed |\n|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, p := range rows {
		delta := "~"
		if p.PMaxT < shown {
			delta = fmt.Sprintf("%+.2f", 100*p.Delta)
		}
		fmt.Fprintf(b, "| %s | %s | %.2f | %.2f | %s | %.2g | %d | %d of %d |\n", text(p.Variant), p.Metric, 100*p.Base, 100*p.Head, delta, p.PMaxT, p.Searches, p.Changed, p.Queries)
	}
}

// scoreTable has one row per score in which any query differs, and counts the others.
func scoreTable(b *strings.Builder, scores []Score) {
	fmt.Fprint(b, "\n## Scores\n\n")
	same := 0
	for _, s := range scores {
		if s.Changed == 0 {
			same++
		}
	}
	if same > 0 {
		fmt.Fprintf(b, "%d of %d scores are the same in every query.\n", same, len(scores))
	}
	if same == len(scores) {
		return
	}
	fmt.Fprint(b, "\nPoints of 100; ~: nothing is shown (p, corrected by Holm, of 5 % or more).\n\n"+
		"| variant | dataset | score | base | head | delta | 95 % | p | queries changed |\n|---|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range scores {
		if s.Changed == 0 {
			continue
		}
		delta := "~"
		if s.Holm < shown {
			delta = fmt.Sprintf("%+.1f", 100*s.Delta)
		}
		fmt.Fprintf(b, "| %s | %s | %s %s | %.1f | %.1f | %s | %+.1f to %+.1f | %.2g | %d of %d |\n", text(s.Variant), text(s.Dataset), s.Metric, s.Direction,
			100*s.Base, 100*s.Head, delta, 100*s.Low, 100*s.High, s.Holm, s.Changed, s.Queries)
	}
}

func driftTable(b *strings.Builder, drift []Drift) {
	fmt.Fprint(b, "\n## Drift of HEAD's embeddings from BASE's\n\n")
	same := 0
	for _, d := range drift {
		if d.MaxAbs == 0 {
			same++
		}
	}
	if same > 0 {
		fmt.Fprintf(b, "%d of %d tables of embeddings are the same to the last bit.\n", same, len(drift))
	}
	if same == len(drift) {
		return
	}
	fmt.Fprint(b, "\n| variant | dataset | of | mean abs | largest | least cosine | scaled by | mean abs once scaled back | times the noise floor | farthest item | mean abs of it | items |\n|---|---|---|--:|--:|--:|--:|--:|--:|---|--:|--:|\n")
	for _, d := range drift {
		if d.MaxAbs > 0 {
			fmt.Fprintf(b, "| %s | %s | %s | %.2g | %.2g | %.7f | %.6g | %.2g | %s | %s | %.2g | %d |\n", text(d.Variant), text(d.Dataset), d.Modality, d.MeanAbs, d.MaxAbs, d.CosineMin, d.Scale, d.Direction, timesFloor(d), text(d.RowItem), d.RowMeanAbs, d.Items)
		}
	}
}

// timesFloor is "14": the drift is 14 times the noise floor, the difference of the reference from itself.
func timesFloor(d Drift) string {
	switch {
	case d.Floor == nil:
		return "-"
	case *d.Floor == 0:
		return "the floor is 0"
	}
	return fmt.Sprintf("%.3g", d.MeanAbs / *d.Floor)
}

// budgetTable has what the drift could have changed, where anything drifted.
func budgetTable(b *strings.Builder, budgets []Budget) {
	var rows []string
	for _, x := range budgets {
		if x.Moved > 0 {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s %s | %.2g | %.2g | %d of %d |\n", text(x.Variant), text(x.Dataset), x.Metric, x.Direction, x.Moved, x.Allowed, x.Uncertain, x.Queries))
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(b, "\n## Flip budget\n\nHow far unit embeddings moved, how far they can without any outcome changing, and the queries whose outcome is not certain.\n\n"+
		"| variant | dataset | score | moved at most | budget | not certain |\n|---|---|---|--:|--:|--:|\n", strings.Join(rows, ""))
}

// ladderTable has the mean |a-b| of each stage that changed.
func ladderTable(b *strings.Builder, steps []Step) {
	fmt.Fprint(b, "\n## Drift from the run's own reference\n\n")
	var rows []string
	for _, s := range steps {
		if s.Stat != "mean_abs" && s.Stat != "top1_changed" || s.Base != nil && s.Head != nil && *s.Base == *s.Head {
			continue
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", text(s.Variant), text(s.Dataset), s.Modality, s.Stage, orDash(s.Base), orDash(s.Head)))
	}
	if len(rows) == 0 {
		fmt.Fprintln(b, "The same in both runs.")
		return
	}
	fmt.Fprint(b, "| variant | dataset | of | stage | base | head |\n|---|---|---|---|--:|--:|\n", strings.Join(rows, ""))
}

func orDash(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.2g", *v)
}

func timingTable(b *strings.Builder, timings []Timing) {
	if len(timings) == 0 {
		return
	}
	fmt.Fprint(b, "\n## Time, ms an item\n\n")
	said := map[string]bool{}
	for _, t := range timings {
		if t.Machine != 1 && !said[t.Modality] {
			fmt.Fprintf(b, "All variants together: %+.1f %% for %ss. \"beside the others\" has it taken out.\n", 100*(t.Machine-1), t.Modality)
			said[t.Modality] = true
		}
	}
	fmt.Fprint(b, "\nMedian with its 95 % interval; ~: nothing is shown (Mann-Whitney, corrected by Holm, of 5 % or more).\n\n"+
		"| variant | of | phase | base | head | change | p | beside the others | n |\n|---|---|---|--:|--:|--:|--:|--:|--:|\n")
	for _, t := range timings {
		change := "~"
		if t.Holm < shown {
			change = percent(t.Ratio)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %.2g | %s | %d, %d |\n", text(t.Variant), t.Modality, t.Phase, t.Base, t.Head, change, t.Holm,
			percent(t.Relative), t.Base.N, t.Head.N)
	}
}

func (s Spread) String() string { return fmt.Sprintf("%.3g (%.3g-%.3g)", s.MS, s.Low, s.High) }

func percent(ratio float64) string { return fmt.Sprintf("%+.1f %%", 100*(ratio-1)) }

// text keeps a name or reason from ending a table's cell, and its row.
func text(s string) string { return strings.NewReplacer("|", "\\|", "\r", " ", "\n", " ").Replace(s) }
