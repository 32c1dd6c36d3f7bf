// Package terminal prints a run as one screen of text: the verdict, then one line per variant.
package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
)

// Screen is the screen to print on.
type Screen struct {
	Columns int // per line; 0 means 120
	Colour  bool
	Full    string // tells how to see the whole report
}

// Lines is the largest number of lines, whatever ran.
const Lines = 30

// others is the number of lines that show no variant: heading, verdict, blank lines and the end.
const others = 14

// Write prints a run.
func Write(w io.Writer, res *store.Results, s Screen) error {
	if s.Columns <= 0 {
		s.Columns = 120
	}
	told := prose.Tell(res)
	lines := []string{s.paint(dim, clip(heading(told), s.Columns))}
	lines = append(lines, s.verdict(told)...)
	lines = append(lines, "")
	lines = append(lines, s.rows(facts.Standings(told.Report))...)
	if left := left(told); left != "" {
		lines = append(lines, "", clip(left, s.Columns))
	}
	if s.Full != "" {
		full := wrap(s.Full, s.Columns) // it is there to be copied
		lines = append(append(lines, ""), full[:min(2, len(full))]...)
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func heading(t prose.Told) string {
	images := int64(0)
	for _, d := range t.Head.Datasets {
		images += d.Images
	}
	wall := time.Duration(float64(t.Head.WallSeconds) * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s: %s on %s, %s, %s", plain(t.Head.Suite), prose.Plural(len(t.Res.Variants), "variant"),
		prose.Plural(len(t.Head.Datasets), "dataset"), prose.Plural(int(images), "picture"), wall)
}

// verdict prints the summary in at most four lines.
func (s Screen) verdict(t prose.Told) []string {
	tone := green
	for _, v := range t.Verdicts {
		switch v.State {
		case "bad":
			tone = red
		case "note":
			if tone == green {
				tone = yellow
			}
		}
	}
	lines := wrap(plain(t.Summary), s.Columns)
	if len(lines) > 4 {
		lines = append(lines[:3], clip(lines[3]+" ...", s.Columns))
	}
	for i := range lines {
		lines[i] = s.paint(bold+tone, lines[i])
	}
	return lines
}

// left counts what the screen leaves out.
func left(t prose.Told) string {
	var parts []string
	for _, f := range t.Report.FindingsOf("saturation") {
		if d, ok := f.Detail.(facts.Saturation); ok && len(d.Cut) > 0 {
			parts = append(parts, "8-bit sums of "+prose.Plural(len(d.Cut), "variant")+" saturate on this processor")
		}
	}
	if n := len(t.Res.Failures); n > 0 {
		parts = append(parts, prose.Plural(n, "item")+" left out")
	}
	if n := len(t.Findings); n > 0 {
		parts = append(parts, prose.Plural(n, "finding"))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ": in the full report"
}

// plain keeps a text on one line, because names and reasons come from files.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
}

// clip cuts a text at the screen's edge.
func clip(s string, columns int) string {
	if utf8.RuneCountInString(s) <= columns {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(columns-3, 0)]) + "..."
}

// wrap breaks a text between words.
func wrap(s string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = clip(word, columns)
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= columns:
			line += " " + word
		default:
			lines, line = append(lines, line), clip(word, columns)
		}
	}
	return append(lines, line)
}
