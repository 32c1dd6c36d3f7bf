package prose

import (
	"fmt"
	"slices"
)

// Night is a gate's verdict on the run: what the page of the morning opens with.
type Night struct {
	Verdict    string // pass, regression or not measured
	Headline   string
	Base       string     // the baseline's run id; "" where there was none
	Changed    []string   // since the baseline: files, versions, options, the processor
	Offenders  []Offender // by variant, the worst first
	Unmeasured []string
	Notes      []string // what is no fault, but should be known
}

// Offender is a variant with the limits that it broke, the worst first.
type Offender struct {
	Variant string
	Broke   []string
}

// PerNight is how many lines of a list the opening tells; the gate's own files have all.
const PerNight = 12

// state is how the opening looks.
func (n Night) state() string {
	switch n.Verdict {
	case "pass":
		return "good"
	case "regression":
		return "bad"
	}
	return "note"
}

// list is a part of the opening.
type list struct {
	Title string
	Items []string
}

// lists are the opening's parts below the verdict.
func (n Night) lists() []list {
	var out []list
	add := func(title string, items []string) {
		if more := len(items) - PerNight; more > 0 {
			items = append(slices.Clone(items[:PerNight]), fmt.Sprintf("and %d more", more))
		}
		if len(items) > 0 {
			out = append(out, list{title, items})
		}
	}
	if n.Base != "" {
		changed := n.Changed
		if len(changed) == 0 {
			changed = []string{"nothing: program, machine, libraries, models, options, datasets and suite are the same"}
		}
		add("Changed since the baseline, "+n.Base, changed)
	}
	var worst []string
	for _, o := range n.Offenders {
		line := o.Variant + ": " + o.Broke[0]
		if more := len(o.Broke) - 1; more > 0 {
			line += fmt.Sprintf(" (and %d more)", more)
		}
		worst = append(worst, line)
	}
	add("Worst offenders, by variant", worst)
	add("Could not be measured", n.Unmeasured)
	add("Notes", n.Notes)
	return out
}

// Aside has what the run says beside its own reference stand back behind the verdict: nothing there
// is good news on a night that is none.
func (n *Night) Aside(all []Verdict) []Verdict {
	if n == nil || n.Verdict == "pass" {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		if out[i].State == "calm" || out[i].State == "good" {
			out[i].State = "plain"
		}
	}
	return out
}

// Summary is the run's own, which is about its own reference and not about the baseline.
func (n *Night) Summary(own string) string {
	if n == nil || own == "" {
		return own
	}
	return "Beside this run's own reference: " + own
}

// NightView is what the page's template shows of it.
type NightView struct {
	State, Headline string
	Lists           []list
}

func (n *Night) View() *NightView {
	if n == nil {
		return nil
	}
	return &NightView{n.state(), n.Headline, n.lists()}
}
