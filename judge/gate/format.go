package gate

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/judge/compare"
)

// written are the ways to write a result.
var written = formats.List[func(io.Writer, *Result) error]{
	{"text", writeText},
	{"json", writeJSON},
	{"junit", writeJUnit},
	{"github", writeGitHub},
}

// Formats are the names that Write takes.
func Formats() []string { return written.Names() }

// Write writes a result in a format.
func Write(w io.Writer, format string, r *Result) error {
	write, err := written.Find(format)
	if err != nil {
		return err
	}
	return write(w, r)
}

func writeText(w io.Writer, r *Result) error {
	var b strings.Builder
	fmt.Fprintln(&b, r.Headline())
	fmt.Fprintf(&b, "%s against %s\n", r.Head, r.Base)
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s\n- %s\n", title, strings.Join(lines, "\n- "))
		}
	}
	list("regressions", regressionLines(r))
	list("could not be measured", problemLines(r))
	list("what differs", differenceLines(r))
	list("notes", r.Notes)
	_, err := io.WriteString(w, b.String())
	return err
}

func regressionLines(r *Result) (out []string) {
	for _, f := range r.Regressions {
		line := fmt.Sprintf("%s: %s: %s; stage: %s", f.Check, f.place(), f.Text, f.Stage)
		if f.Tests > 0 {
			line += fmt.Sprintf("; p %.2g of %d tests", f.P, f.Tests)
		}
		out = append(out, line)
	}
	return out
}

func problemLines(r *Result) (out []string) {
	for _, p := range r.Unmeasured {
		out = append(out, p.String())
	}
	return out
}

func differenceLines(r *Result) (out []string) {
	for _, d := range r.Environment {
		out = append(out, d.String())
	}
	return out
}

func writeJSON(w io.Writer, r *Result) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Headline string `json:"headline"`
		*Result
	}{r.Headline(), r})
}

// These are the elements of JUnit XML that CI systems read. Each variant and check is a test case. A
// regression is a failure, and a check that could not be measured is an error.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Failure *junitReason `xml:"failure"`
		Error   *junitReason `xml:"error"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func writeJUnit(w io.Writer, r *Result) error {
	s := junitSuite{Name: "fastclip gate", Out: r.Headline() + "\n" + strings.Join(differenceLines(r), "\n")}
	for _, g := range r.Judged {
		c := junitCase{Class: g.Variant, Name: g.Check}
		var lines []string
		for _, f := range r.Regressions {
			if f.Variant == g.Variant && f.Check == g.Check {
				lines = append(lines, f.place()+": "+f.Text+"; stage: "+f.Stage)
			}
		}
		if len(lines) > 0 {
			c.Failure = &junitReason{lines[0], strings.Join(lines, "\n")}
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	for i, p := range r.Unmeasured {
		name := fmt.Sprintf("could not be measured %d", i+1)
		s.Cases = append(s.Cases, junitCase{Class: caseClass(p), Name: name, Error: &junitReason{p.String(), p.String()}})
		s.Errors++
	}
	if len(s.Cases) == 0 { // CI would read a file without cases as success
		s.Cases, s.Errors = []junitCase{{Class: "gate", Name: "gate", Error: &junitReason{r.Headline(), r.Headline()}}}, 1
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func caseClass(p compare.Problem) string {
	if p.Variant != "" {
		return p.Variant
	}
	return "gate"
}

// writeGitHub writes a step summary. Append it to the file that $GITHUB_STEP_SUMMARY names.
func writeGitHub(w io.Writer, r *Result) error {
	var b strings.Builder
	icon := map[Verdict]string{Pass: "✅", Regression: "❌", NotMeasured: "⚠️"}[r.Verdict]
	fmt.Fprintf(&b, "## %s %s\n\n`%s` against the baseline `%s`. Changed since:\n\n", icon, cell(r.Headline()), r.Head, r.Base)
	changed := compare.Changes(r.Environment)
	if len(changed) == 0 {
		b.WriteString("- nothing that the runs keep: program, machine, libraries, models, options, datasets and suite are the same\n")
	}
	for i, line := range changed {
		if i == mostChanges {
			fmt.Fprintf(&b, "- and %d more, below\n", len(changed)-i)
			break
		}
		fmt.Fprintf(&b, "- %s\n", cell(line))
	}
	if len(r.Regressions) > 0 {
		b.WriteString("\nWorst offenders, by variant:\n\n| variant | check | dataset | what | first stage | p |\n|---|---|---|---|---|--:|\n")
		for _, of := range r.ByVariant() {
			for i, f := range of {
				p, name := "", ""
				if f.Tests > 0 {
					p = fmt.Sprintf("%.2g", f.P)
				}
				if i == 0 {
					name = cell(f.Variant)
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name, f.Check, cell(f.Dataset), cell(f.Text), cell(f.Stage), p)
			}
		}
	}
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n<details><summary>%s: %d</summary>\n\n", title, len(lines))
		for _, l := range lines {
			fmt.Fprintf(&b, "- %s\n", cell(l))
		}
		b.WriteString("\n</details>\n")
	}
	list("could not be measured", problemLines(r))
	if len(changed) > mostChanges {
		list("what differs", changed)
	}
	list("notes", r.Notes)
	_, err := io.WriteString(w, b.String())
	return err
}

// mostChanges is the number of environment changes that a step summary lists before the offenders.
const mostChanges = 12

// cell keeps a text from ending a table cell or its row.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\r", " ", "\n", " ", "<", "&lt;").Replace(s)
}
