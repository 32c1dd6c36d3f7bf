package reports

import (
	"regexp"
	"strconv"
	"strings"
)

var leadingNumber = regexp.MustCompile(`^[+-]?\d+(\.\d+)?(e[+-]?\d+)?`)

// sortKey is the number that a cell is sorted by: the first in its text, be it "26.2 (0.0 ~)",
// "1.9e-2", "51.0 %", "1 - 1.6e-13" or "9e-6 (14 x)". A text without one, such as a name or "-",
// has none, and is sorted as text.
func sortKey(cell string) (key string, ok bool) {
	cell = strings.TrimSpace(cell)
	if gap, found := strings.CutPrefix(cell, "1 - "); found {
		below := leadingNumber.FindString(gap)
		v, err := strconv.ParseFloat(below, 64)
		return strconv.FormatFloat(1-v, 'g', -1, 64), err == nil
	}
	number := leadingNumber.FindString(cell)
	if number == "" || strings.HasPrefix(cell[len(number):], "-") || strings.HasPrefix(cell[len(number):], ":") {
		return "", false // nothing, or a date or time
	}
	v, err := strconv.ParseFloat(number, 64)
	return strconv.FormatFloat(v, 'g', -1, 64), err == nil
}
