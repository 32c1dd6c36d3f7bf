package store

import (
	"slices"
	"strings"
)

// LabelSet is equal for two items with the same labels, in any order and number. Queries that ask for one
// set are drawn and flipped together.
func LabelSet(labels []string) string {
	sorted := slices.Sorted(slices.Values(labels))
	return strings.Join(slices.Compact(sorted), "\x00")
}
