package reports

import (
	_ "embed" // of the page's template
	"html/template"
	"io"
	"strings"
	"unicode"
)

//go:embed report.html.tmpl
var page string

// printable drops what html allows in no page, not even escaped; names can hold it.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' {
		return -1
	}
	return r
}

// writeHTML prints one page that needs nothing else: its style is in it, it has no script, and
// it loads nothing.
func writeHTML(w io.Writer, r report) error {
	t, err := template.New("report").Parse(page)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, newDocument(r)); err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.Map(printable, b.String()))
	return err
}
