package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/paired"
)

// WriteBrief writes a comparison as Markdown. The verdict comes first, and the tables keep only rows that
// show a difference.
func WriteBrief(w io.Writer, c *Comparison) error {
	f := c.significant()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s against %s\n\n**%s**\n", c.Head.RunID, c.Base.RunID, f.verdict(c))
	if len(c.Environment) > 0 {
		list(&b, "What differs", c.Environment, "")
	}
	limits(&b, c)
	pooledTable(&b, f.pooled)
	if len(f.scores) > 0 {
		scoreTable(&b, f.scores)
	}
	if len(f.drift) > 0 {
		driftTable(&b, f.drift)
	}
	timingTable(&b, f.timings)
	if f.left > 0 {
		fmt.Fprintf(&b, "\n%d rows that show no difference are left out: --all has them, with what the drift could have changed.\n", f.left)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// significant holds the rows that show a difference, and counts the other rows.
type significant struct {
	pooled  []paired.Pooled
	scores  []Score
	drift   []Drift
	timings []Timing
	left    int
}

func (c *Comparison) significant() significant {
	pooled := c.DefaultPooled()
	f := significant{
		pooled:  only(pooled, func(p paired.Pooled) bool { return p.PMaxT < shown }),
		scores:  only(c.Scores, func(s Score) bool { return s.Holm < shown }),
		drift:   only(c.Drift, func(d Drift) bool { return d.MaxAbs > 0 && (d.Floor == nil || d.MeanAbs > *d.Floor) }),
		timings: only(c.Timings, func(t Timing) bool { return t.Holm < shown }),
	}
	f.left = len(pooled) + len(c.Scores) + len(c.Drift) + len(c.Timings) - len(f.pooled) - len(f.scores) - len(f.drift) - len(f.timings)
	return f
}

func only[T any](rows []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(rows), func(r T) bool { return !keep(r) })
}

// verdict says in one sentence which variants differ, and how.
func (f significant) verdict(c *Comparison) string {
	var lost, won, moved, slower, faster names
	for _, p := range f.pooled {
		if p.Delta < 0 {
			lost.add(p.Variant)
		} else {
			won.add(p.Variant)
		}
	}
	for _, d := range f.drift {
		moved.add(d.Variant)
	}
	for _, t := range f.timings {
		if t.Phase != Total {
			continue
		}
		if t.Ratio > 1 {
			slower.add(t.Variant)
		} else {
			faster.add(t.Variant)
		}
	}
	var parts []string
	for _, x := range []struct {
		who  names
		does string
	}{{lost, "lost score"}, {won, "gained score"}, {moved, "moved beyond the noise floor"}, {slower, "slower"}, {faster, "faster"}} {
		if len(x.who) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", x.does, x.who))
		}
	}
	if n := len(c.Problems); n > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be compared", n))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("Nothing is shown to differ: %d variants, %d datasets.", len(c.Variants), len(c.Datasets))
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// names are variant names without repeats, in the order of their first mention.
type names []string

func (n *names) add(name string) {
	if !slices.Contains(*n, name) {
		*n = append(*n, name)
	}
}

func (n names) String() string {
	const most = 4
	if len(n) <= most {
		return text(strings.Join(n, ", "))
	}
	return text(strings.Join(n[:most], ", ")) + fmt.Sprintf(" and %d more", len(n)-most)
}
