package datasets

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Where says which rows of a table to use: those with one of the values in each column.
type Where map[string][]string

// Columns finds the columns in a header.
func (w Where) Columns(header []string) (map[string]int, error) {
	at := map[string]int{}
	for column := range w {
		if at[column] = slices.Index(header, column); at[column] < 0 {
			return nil, fmt.Errorf("where: no column %q: it has %s", column, strings.Join(header, ", "))
		}
	}
	return at, nil
}

// Leaves is the reason why a row is left out, or "". Values are compared as texts, and numbers as numbers.
func (w Where) Leaves(values func(column string) []string) string {
	for _, column := range slices.Sorted(maps.Keys(w)) {
		have := values(column)
		if slices.ContainsFunc(have, func(v string) bool {
			return slices.ContainsFunc(w[column], func(want string) bool { return sameValue(strings.TrimSpace(v), want) })
		}) {
			continue
		}
		if value := strings.Join(have, ", "); value != "" {
			return fmt.Sprintf("%s is %.40s", column, value)
		}
		return column + " is empty"
	}
	return ""
}

func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	x, err := strconv.ParseFloat(a, 64)
	y, wrong := strconv.ParseFloat(b, 64)
	return err == nil && wrong == nil && x == y
}
