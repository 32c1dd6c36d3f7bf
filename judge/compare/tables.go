package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/paired"
)

// table is a section of a comparison in Markdown. A column whose name begins with ">" holds numbers and is
// aligned right. intro says what all rows share, and same says what did not differ between the runs. Each
// takes one line in place of many rows.
type table struct {
	title, same, intro string
	columns            []string
	rows               [][]string
}

// row adds a row. It writes the cells as they are.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = text(c)
	}
	t.rows = append(t.rows, cells)
}

// write writes the section. A table without rows writes only what is the same.
func (t *table) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n", t.title)
	if t.same != "" {
		fmt.Fprintln(b, t.same)
	}
	if len(t.rows) == 0 {
		return
	}
	if t.same != "" {
		b.WriteByte('\n')
	}
	if t.intro != "" {
		fmt.Fprintf(b, "%s\n\n", t.intro)
	}
	var names, rules []string
	for _, c := range t.columns {
		name, right := strings.CutPrefix(c, ">")
		names, rules = append(names, name), append(rules, map[bool]string{false: "---", true: "--:"}[right])
	}
	fmt.Fprintf(b, "| %s |\n|%s|\n", strings.Join(names, " | "), strings.Join(rules, "|"))
	for _, r := range t.rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
	}
}

// signed puts a + before a gain.
func signed(number string) string {
	if strings.HasPrefix(number, "-") {
		return number
	}
	return "+" + number
}

// orNothing is the difference when a test shows it, and otherwise "~".
func orNothing(p float64, difference string) string {
	if p < shown {
		return difference
	}
	return "~"
}

// pooledTable has a row for each variant and metric in which any query differs.
func pooledTable(b *strings.Builder, rows []paired.Pooled) {
	t := table{title: "Scores over all searches together",
		intro:   "The mean over datasets and directions, in points of 100; ~: nothing is shown (p, corrected for all rows by step-down maxT, of 5 % or more).",
		columns: []string{"variant", "metric", ">base", ">head", ">delta", ">p", ">searches", ">queries changed"}}
	for _, p := range rows {
		if p.Changed > 0 {
			t.row(p.Variant, p.Metric, fmt.Sprintf("%.2f", 100*p.Base), fmt.Sprintf("%.2f", 100*p.Head), orNothing(p.PMaxT, fmt.Sprintf("%+.2f", 100*p.Delta)),
				fmt.Sprintf("%.2g", p.PMaxT), fmt.Sprint(p.Searches), fmt.Sprintf("%d of %d", p.Changed, p.Queries))
		}
	}
	if len(t.rows) > 0 {
		t.write(b)
	}
}

// scoreTable has one row for each score in which any query differs, and counts the others.
func scoreTable(b *strings.Builder, scores []Score) {
	t := table{title: "Scores", intro: "Points of 100; ~: nothing is shown (p, corrected by Holm, of 5 % or more).",
		columns: []string{"variant", "dataset", "score", ">base", ">head", ">delta", ">95 %", ">p", ">queries changed"}}
	for _, s := range scores {
		if s.Changed > 0 {
			was, now := Points(s.Base, s.Head)
			t.row(s.Variant, s.Dataset, s.Metric+" "+s.Direction, was, now, orNothing(s.Holm, signed(PointsBy(s.Delta))),
				fmt.Sprintf("%+.1f to %+.1f", 100*s.Low, 100*s.High), fmt.Sprintf("%.2g", s.Holm), fmt.Sprintf("%d of %d", s.Changed, s.Queries))
		}
	}
	if same := len(scores) - len(t.rows); same > 0 {
		t.same = fmt.Sprintf("%d of %d scores are the same in every query.", same, len(scores))
	}
	t.write(b)
}

func driftTable(b *strings.Builder, drift []Drift) {
	t := table{title: "Drift of HEAD's embeddings from BASE's",
		columns: []string{"variant", "dataset", "of", ">mean abs", ">largest", ">least cosine", ">scaled by", ">mean abs once scaled back", ">times the noise floor", ">items beyond it", "farthest item", ">mean abs of it", ">items"}}
	for _, d := range drift {
		if d.MaxAbs > 0 {
			t.row(d.Variant, d.Dataset, d.Modality, fmt.Sprintf("%.2g", d.MeanAbs), fmt.Sprintf("%.2g", d.MaxAbs), fmt.Sprintf("%.7f", d.CosineMin), fmt.Sprintf("%.6g", d.Scale),
				fmt.Sprintf("%.2g", d.Direction), timesFloor(d), beyondFloor(d), d.RowItem, fmt.Sprintf("%.2g", d.RowMeanAbs), fmt.Sprint(d.Items))
		}
	}
	if same := len(drift) - len(t.rows); same > 0 {
		t.same = fmt.Sprintf("%d of %d tables of embeddings are the same to the last bit.", same, len(drift))
	}
	t.write(b)
}

// timesFloor writes the drift as a multiple of the noise floor, such as "14". The noise floor is the
// difference of the reference from itself.
func timesFloor(d Drift) string {
	switch {
	case d.Floor == nil:
		return "-"
	case *d.Floor == 0:
		return "the floor is 0"
	}
	return fmt.Sprintf("%.3g", d.MeanAbs / *d.Floor)
}

// beyondFloor writes the share of items that moved by more than the noise floor, such as "3.1 %".
func beyondFloor(d Drift) string {
	if d.BeyondFloor == nil {
		return "-"
	}
	return fmt.Sprintf("%.3g %%", 100*float64(*d.BeyondFloor)/float64(d.Items))
}

// budgetTable shows what the drift could have changed, where anything drifted.
func budgetTable(b *strings.Builder, budgets []Budget) {
	t := table{title: "Flip budget", intro: "How far unit embeddings moved, how far they can without any outcome changing, and the queries whose outcome is not certain.",
		columns: []string{"variant", "dataset", "score", ">moved at most", ">budget", ">not certain"}}
	for _, x := range budgets {
		if x.Moved > 0 {
			t.row(x.Variant, x.Dataset, x.Metric+" "+x.Direction, fmt.Sprintf("%.2g", x.Moved), fmt.Sprintf("%.2g", x.Allowed), fmt.Sprintf("%d of %d", x.Uncertain, x.Queries))
		}
	}
	if len(t.rows) > 0 {
		t.write(b)
	}
}

// ladderTable shows the mean |a-b| of each stage that changed.
func ladderTable(b *strings.Builder, steps []Step) {
	t := table{title: "Drift from the run's own reference", columns: []string{"variant", "dataset", "of", "stage", ">base", ">head"}}
	for _, s := range steps {
		if s.Stat != "mean_abs" && s.Stat != "top1_changed" || s.Base != nil && s.Head != nil && *s.Base == *s.Head {
			continue
		}
		t.row(s.Variant, s.Dataset, s.Modality, s.Stage, orDash(s.Base), orDash(s.Head))
	}
	if len(t.rows) == 0 {
		t.same = "The same in both runs."
	}
	t.write(b)
}

func orDash(v *float64) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("%.2g", *v)
}

func timingTable(b *strings.Builder, timings []Timing) {
	t := table{title: "Time, ms an item", intro: "Median with its 95 % interval; ~: nothing is shown (Mann-Whitney, corrected by Holm, of 5 % or more).",
		columns: []string{"variant", "of", "phase", ">base", ">head", ">change", ">p", ">beside the others", ">n"}}
	var all []string
	for _, x := range timings {
		if said := fmt.Sprintf("All variants together: %+.1f %% for %ss. \"beside the others\" has it taken out.", 100*(x.Machine-1), x.Modality); x.Machine != 1 && !slices.Contains(all, said) {
			all = append(all, said)
		}
		t.row(x.Variant, x.Modality, x.Phase, x.Base.String(), x.Head.String(), orNothing(x.Holm, percent(x.Ratio)), fmt.Sprintf("%.2g", x.Holm), percent(x.Relative), fmt.Sprintf("%d, %d", x.Base.N, x.Head.N))
	}
	if t.same = strings.Join(all, "\n"); len(timings) > 0 {
		t.write(b)
	}
}
