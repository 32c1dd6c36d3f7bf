package prose

import (
	"fmt"
	"slices"
)

// Night is a gate's verdict on the run. The page of the morning opens with it.
type Night struct {
	Verdict    string // pass, regression or not measured
	Headline   string
	Base       string     // run id of the baseline; "" when there was none
	Changed    []string   // since the baseline: files, versions, options and the processor
	Offenders  []Offender // by variant, worst first
	Unmeasured []string
	Notes      []string // no faults, but worth knowing
}

// Offender is a variant with the limits that it broke, worst first.
type Offender struct {
	Variant string
	Broke   []string
}

// PerNight is how many lines of a list the opening shows. The gate's own files have all of them.
const PerNight = 12

// state is the look of the opening.
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

// Aside moves the run's own verdicts, which compare with its own reference, behind the gate's verdict. On
// a bad night, nothing among them counts as good news.
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

// Summary marks the run's own summary as one about its own reference, and not about the baseline.
func (n *Night) Summary(own string) string {
	if n == nil || own == "" {
		return own
	}
	return "Beside this run's own reference: " + own
}

// NightView is what the page's template shows of a night.
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
