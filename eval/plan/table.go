package plan

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/metrics/stats"
)

// Write prints the plan as Markdown.
func (r *Result) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Plan of %s: %s", r.Model, r.Budget)
	if r.MaxTime > 0 {
		fmt.Fprintf(&b, ", at most %s more time than int8", percent(r.MaxTime))
	}
	b.WriteString("\n\n" + r.verdict() + "\n\n")
	fmt.Fprintf(&b, "Calibrated on %s, measured on %s, decided on %s, judged on %s; no picture or text is in two of these sets. The figures of the steps below come from the last set, which took part in no decision.\n",
		r.Calibrated, r.Chosen, r.Decided, r.Judged)
	if len(r.Missing) > 0 {
		fmt.Fprintf(&b, "\nLeft out, because derive does not make them: %s.\n", strings.Join(r.Missing, ", "))
	}
	r.steps(&b)
	r.wholes(&b)
	r.parts(&b)
	r.classes(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c Counts) String() string { return fmt.Sprintf("%d pictures and %d texts", c.Pictures, c.Texts) }

// verdict sums up the result in one line.
func (r *Result) verdict() string {
	made, int8 := r.Made(), r.Steps[1]
	head := "Possible"
	switch {
	case r.Possible:
	case made.Count == made.Of:
		head = "Not possible: no mix of precisions was within the budget, so everything keeps the original precision"
	case !r.Decision.Met:
		head = "Not possible: no mix of precisions was within the budget"
	case !made.Met && r.Budget == BudgetCertain:
		head = fmt.Sprintf("Missed: on the items to decide on, no text query's best picture can change; on the items to judge on, that of %s of the text queries can", percent(1-made.Certain))
	case !made.Met:
		head = "Missed: the model met the budget on the items to decide on, but does not meet it on the items to judge on"
	case !r.Fits(r.Decision.Time.Value):
		head = "Not possible in that time: the fastest mix within the budget takes more"
	default:
		head = "Missed: the time was within the limit when the plan decided, but is not in the final measurement"
	}
	return fmt.Sprintf("%s: %d of %d products keep the original precision; drift is %s of int8's (images) and %s (texts), at %s of its time [%s, %s].", head, made.Count, made.Of,
		percent(made.Image/max(int8.Image, 1e-30)), percent(made.Text/max(int8.Text, 1e-30)), percent(made.Time.Value), percent(made.Time.Low), percent(made.Time.High))
}

func (r *Result) steps(b *strings.Builder) {
	b.WriteString("\n## Steps\n\n| step | in | kept | products kept | image drift | text drift | cosine min | top 1 changed | certain | ms | of int8's time | MB | budget |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range r.Steps {
		name := s.Name
		if s.Chosen {
			name = "**" + name + "**"
		}
		ms, of := fmt.Sprintf("%.3g [%.3g, %.3g]", s.Millis.Value, s.Millis.Low, s.Millis.High), fmt.Sprintf("%s [%s, %s]", percent(s.Time.Value), percent(s.Time.Low), percent(s.Time.High))
		fmt.Fprintf(b, "| %s | %s | %s | %s | %.3g | %.3g | %.6f | %s | %s | %s | %s | %.2f | %s |\n", name, in(s), kept(s), count(s), s.Image, s.Text, s.CosineMin, percent(s.Flips), percent(s.Certain), ms, of, float64(s.Bytes)/1e6, r.met(s))
	}
	b.WriteString("\nDrift is the mean absolute difference of the embeddings. Certain is the share of text queries whose best picture a drift of this size cannot change (the flip budget). ms is the processor time of one thread for a picture and a text: the median of rounds in turn, with its 95 % interval. The times of all steps were measured again after the decision. \"In\" names the schemes of the image and of the text tower. MB is the size of both files.\n")
}

// met says whether a step is within the budget and the time.
func (r *Result) met(s Step) string {
	switch {
	case s.Name == "reference":
		return "-"
	case !s.Met:
		return "over"
	case !r.Fits(s.Time.Value):
		return "met, too slow"
	}
	return "met"
}

// in names the schemes of the towers.
func in(s Step) string {
	switch {
	case len(s.Schemes) == 0:
		return "-"
	case s.Schemes[0] == s.Schemes[1]:
		return cmp.Or(s.Schemes[0], "-")
	}
	return cmp.Or(s.Schemes[0], "-") + " / " + cmp.Or(s.Schemes[1], "-")
}

func count(s Step) string {
	if s.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", s.Count, s.Of)
}

// kept names what stays. It shortens long lists.
func kept(s Step) string {
	switch {
	case s.Name == "reference" || s.Of > 0 && s.Count == s.Of:
		return "everything"
	case len(s.Kept) == 0:
		return "nothing"
	case len(s.Kept) > 8:
		return strings.Join(s.Kept[:7], ", ") + fmt.Sprintf(" and %d more", len(s.Kept)-7)
	}
	return strings.Join(s.Kept, ", ")
}

func (r *Result) wholes(b *strings.Builder) {
	b.WriteString("\n## Schemes\n\nEach scheme applied to the whole tower, on the items to measure on:\n\n| tower | scheme | drift | of int8's time | MB | safe on |\n|---|---|---|---|---|---|\n")
	for _, x := range r.Wholes {
		name := x.Scheme
		if r.Schemes[x.Tower] == name {
			name = "**" + name + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %.3g | %s [%s, %s] | %.2f | %s |\n", x.Tower, name, x.Drift, percent(x.Time.Value), percent(x.Time.Low), percent(x.Time.High), float64(x.Bytes)/1e6, safe(x.Scheme))
	}
}

// safe names the processors on which a scheme's sums are exact.
func safe(scheme string) string {
	switch scheme {
	case "int8-reduce-range", "fp16":
		return "every processor"
	}
	return "VNNI, AMX, arm64; elsewhere with session.x64quantprecision=1"
}

func (r *Result) parts(b *strings.Builder) {
	b.WriteString("\n## Parts\n\nEach part alone, on the items to measure on:\n\n| tower | part |")
	for _, s := range schemes {
		fmt.Fprintf(b, " %s |", s)
	}
	b.WriteString(" saves ms | saves MB in int8 |\n|---|---|" + strings.Repeat("---|", len(schemes)+2) + "\n")
	for _, c := range r.Costs {
		fmt.Fprintf(b, "| %s | %s |", c.Tower, c.Part)
		for _, s := range schemes {
			if d, ok := c.Drift[s]; ok {
				fmt.Fprintf(b, " %.3g |", d)
			} else {
				b.WriteString(" - |")
			}
		}
		ms := "by its kinds"
		if c.Millis != nil {
			ms = fmt.Sprintf("%.2g [%.2g, %.2g]", c.Millis.Value, c.Millis.Low, c.Millis.High)
		} else if !strings.ContainsAny(c.Part, "./") {
			ms = "-"
		}
		fmt.Fprintf(b, " %s | %.2f |\n", ms, float64(c.Bytes)/1e6)
	}
	b.WriteString("\n")
	for _, x := range r.Interactions {
		line := stats.Parts{Sum: x.Sum, Root: x.Root}.Words(x.Whole)
		fmt.Fprintf(b, "Blocks of the %s tower alone in %s: the sum of their drifts is %.3g, the root of the sum of squares %.3g, all together drift %.3g: %s.\n\n", x.Tower, x.Scheme, x.Sum, x.Root, x.Whole, line)
	}
}

func (r *Result) classes(b *strings.Builder) {
	b.WriteString("## Processors\n\n")
	fmt.Fprintf(b, "Measured on %s. ", r.Class)
	if r.Saturates {
		b.WriteString("Sums of U8S8 products can saturate on this processor, and the drift above includes that. int8-reduce-range is safe; the other schemes need options: {session.x64quantprecision: \"1\"}. ")
	} else {
		b.WriteString("No sum saturates on this processor. ")
	}
	var u8s8 []string
	for tower, s := range r.Schemes {
		if s != "" && s != "int8-reduce-range" && s != schemeFP16 {
			u8s8 = append(u8s8, tower+" tower ("+s+")")
		}
	}
	slices.Sort(u8s8)
	if len(u8s8) == 0 {
		b.WriteString("The model that was made is safe on every processor.\n")
		return
	}
	fmt.Fprintf(b, "On x86-64 without VNNI (amd64-avx2 and older) sums of the %s can saturate. Give the variant options: {session.x64quantprecision: \"1\"} there; on other processors the option changes nothing.\n", strings.Join(u8s8, " and "))
}

func percent(v float64) string {
	if v > 0 && v < 0.0995 {
		return fmt.Sprintf("%.2g %%", 100*v)
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}
