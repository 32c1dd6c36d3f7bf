// Package sheet writes text for spreadsheets, which treat a cell that begins with =, +, - or @ as a formula.
// Anybody can choose the names of folders and pictures, and a formula can reach the network.
package sheet

import "strings"

// Text is a text for a cell of a CSV file. If a spreadsheet would take it for a formula, it gets an apostrophe in front, which spreadsheets do not show.
// Numbers are not texts and do not change.
func Text(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t\r\n") || begins(s, "＝", "＋", "－", "＠") { // Excel also accepts the full-width forms
		return "'" + s
	}
	return s
}

func begins(s string, with ...string) bool {
	for _, w := range with {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// Texts is Text of several cells.
func Texts(cells ...string) []string {
	out := make([]string, len(cells))
	for i, s := range cells {
		out[i] = Text(s)
	}
	return out
}
