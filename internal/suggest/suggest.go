// Package suggest finds the name that a mistyped name was meant to be.
package suggest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the known name that is closest to a mistyped one, or "" when none is close. A third of the
// letters may differ, or two letters (two that changed places count once), but never more than half.
// Otherwise it is the only name that begins with the mistyped one. Case does not count.
func Nearest(name string, known []string) string {
	n := len([]rune(name))
	found, least := "", min(n/2, max(2, n/3))+1
	for _, k := range known {
		low, of := strings.ToLower(k), strings.ToLower(name)
		d := levenshtein.ComputeDistance(of, low)
		if d == 2 && sorted(of) == sorted(low) {
			d = 1 // two letters changed places
		}
		if d < least {
			found, least = k, d
		}
	}
	if found == "" && n >= 4 {
		return begun(name, known)
	}
	return found
}

// sorted has a name's letters in order.
func sorted(name string) string {
	letters := []rune(name)
	slices.Sort(letters)
	return string(letters)
}

// begun is the only known name that a mistyped one begins, or that begins it.
func begun(name string, known []string) (found string) {
	name = strings.ToLower(name)
	for _, k := range known {
		if low := strings.ToLower(k); !strings.HasPrefix(low, name) && (len(low) < 4 || !strings.HasPrefix(name, low)) {
			continue
		}
		if found != "" {
			return "" // any choice would be a guess
		}
		found = k
	}
	return found
}

// Hint is the question at the end of an error about a name, or "".
func Hint(name string, known []string) string {
	if found := Nearest(name, known); found != "" {
		return fmt.Sprintf("; did you mean %q?", found)
	}
	return ""
}
