package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fastclip/fastclip/reports/prose"
)

// writeMarkdown prints the report. It shows pictures when there is a place for their files.
func writeMarkdown(w io.Writer, r shown) error {
	d := prose.NewDocument(r.Told, r.extras.Night)
	if r.extras.Pictures != "" {
		figures, err := drawings(r)
		if err != nil {
			return err
		}
		for _, f := range figures {
			d.Pictures = append(d.Pictures, prose.Linked{Title: f.Title, Caption: f.Caption, URL: strings.TrimSuffix(r.extras.Pictures, "/") + "/" + f.Name + ".svg"})
		}
	}
	return writeDocument(w, d)
}

func writeDocument(w io.Writer, d prose.Document) error {
	var b strings.Builder
	if d.Lead != "" {
		fmt.Fprintf(&b, "%s\n\n", escape(d.Lead))
	}
	fmt.Fprintf(&b, "# %s\n\n", escape(d.Title))
	if d.Night != nil {
		fmt.Fprintf(&b, "**%s**\n\n", escape(d.Night.Headline))
		for _, l := range d.Night.Lists {
			fmt.Fprintf(&b, "%s:\n\n", escape(l.Title))
			for _, item := range l.Items {
				fmt.Fprintf(&b, "- %s\n", escape(item))
			}
			b.WriteByte('\n')
		}
	}
	if d.Summary != "" {
		fmt.Fprintf(&b, "**%s**\n\n", escape(d.Summary))
	}
	for _, f := range d.Facts {
		fmt.Fprintf(&b, "- %s: %s\n", f.Name, escape(f.Value))
	}
	for _, p := range d.Pictures {
		fmt.Fprintf(&b, "\n![%s](<%s>)\n", escape(p.Title), p.URL)
		if p.Caption != "" {
			fmt.Fprintf(&b, "\n%s\n", escape(p.Caption))
		}
	}
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", escape(s.Title))
		b.WriteString(markdownTable(s))
		for _, note := range s.Notes {
			fmt.Fprintf(&b, "\n%s\n", escape(note))
		}
	}
	b.WriteString("\n## Findings\n\n")
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "- %s\n", escape(f.Text))
	}
	if len(d.Findings) == 0 {
		b.WriteString("None.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownTable pads its columns, so that the table also reads well in a terminal. A text in place of a
// row's numbers may run over its column, which does not become wider for it.
func markdownTable(s prose.Section) string {
	lines := [][]string{slices.Clone(s.Header)}
	for _, r := range s.Rows {
		line := r.Texts()
		if r.Instead != "" {
			line = []string{line[0], r.Instead}
			for range s.Numbers() - 1 {
				line = append(line, prose.NoNumber)
			}
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(s.Header))
	for i, line := range lines {
		for k := range line {
			line[k] = escape(line[k])
			if k != 1 || i == 0 || s.Rows[i-1].Instead == "" {
				widths[k] = max(widths[k], 3, utf8.RuneCountInString(line[k]))
			}
		}
	}
	var b strings.Builder
	for i, line := range lines {
		for k, cell := range line {
			fmt.Fprintf(&b, "| %-*s ", widths[k], cell)
		}
		b.WriteString("|\n")
		if i > 0 {
			continue
		}
		for _, n := range widths {
			b.WriteString("| " + strings.Repeat("-", n) + " ")
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// escape keeps a text on its line and from being read as Markdown or HTML, because names and reasons come
// from files. It leaves a lone star or tilde, such as in a cell, as it is.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	pairs := []string{"\\", "\\\\", "|", "\\|", "<", "\\<", "&", "\\&", "`", "\\`", "](", "\\](", "][", "\\][", "]:", "\\]:"}
	for _, mark := range []string{"*", "~"} {
		if strings.Count(s, mark) > 1 {
			pairs = append(pairs, mark, "\\"+mark)
		}
	}
	return strings.NewReplacer(pairs...).Replace(strings.TrimSpace(s))
}
