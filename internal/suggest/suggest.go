// Package suggest finds the name that a mistyped one was meant to be.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known name that is closest to a mistyped one, or "" when none is close: a third of
// the letters may differ, or two of them (two that changed places count twice), but never more than
// half. Case does not count.
func Nearest(name string, known []string) string {
	n := len([]rune(name))
	found, least := "", min(n/2, max(2, n/3))+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < least {
			found, least = k, d
		}
	}
	return found
}

// Hint is the question that ends an error about a name, or "".
func Hint(name string, known []string) string {
	if found := Nearest(name, known); found != "" {
		return fmt.Sprintf("; did you mean %q?", found)
	}
	return ""
}
