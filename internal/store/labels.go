package store

import (
	"slices"
	"strings"
)

// LabelSet is the same for two items with the same labels, in whatever order and however often: queries that ask for one
// set are drawn and flipped together.
func LabelSet(labels []string) string {
	sorted := slices.Sorted(slices.Values(labels))
	return strings.Join(slices.Compact(sorted), "\x00")
}
