package datasets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Account says what became of everything that a reader saw. Each file, row, line or entry has one fate, so
// Seen is the sum of all fates.
type Account struct {
	Unit        string // what is counted: "file", "row", "line", "entry"
	Seen        int
	Used        int // became a picture of the set
	Merged      int // joined a picture that another has begun: a caption, a label
	Ignored     int // left out by a rule: no picture, another split
	Overwritten int // had a key that a later one took over
	Refused     int // cannot be used; it is an error of its item
	Asked       int // those of Ignored that the suite itself leaves out: another split
	Reasons     []Reason
}

// Reason is why items were ignored, overwritten or refused, and how many.
type Reason struct {
	Fate, Why, Example string
	Count              int
	Asked              bool // by the suite
}

// Fates that have reasons.
const (
	fateIgnored     = "ignored"
	fateOverwritten = "overwritten"
	fateRefused     = "refused"
)

// maxReasons limits the list of reasons, which hostile names could make long.
const maxReasons = 50

// Even tells whether everything that was seen is used, apart from what the suite itself leaves out.
func (a Account) Even() bool { return a.Seen == a.Used+a.Merged+a.Asked }

// Whole tells whether everything that was seen is used.
func (a Account) Whole() bool { return a.Seen == a.Used+a.Merged }

// Sum is what Seen must be.
func (a Account) Sum() int { return a.Used + a.Merged + a.Ignored + a.Overwritten + a.Refused }

// String is a line: "11 files: 3 used, 8 ignored (.avif 2, .jfif 6)".
func (a Account) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		fate string
	}{{a.Used, "used"}, {a.Merged, "merged"}, {a.Ignored, fateIgnored}, {a.Overwritten, fateOverwritten}, {a.Refused, fateRefused}} {
		if p.n == 0 && p.fate != "used" {
			continue
		}
		var why []string
		for _, r := range a.Reasons {
			if r.Fate == p.fate && p.fate != fateRefused { // refused ones are named one by one
				why = append(why, fmt.Sprintf("%s %d", r.Why, r.Count))
			}
		}
		part := fmt.Sprintf("%d %s", p.n, p.fate)
		if len(why) > 0 {
			part += " (" + strings.Join(why, ", ") + ")"
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("%d %s: %s", a.Seen, plural(a.Seen, a.Unit), strings.Join(parts, ", "))
}

func plural(n int, unit string) string {
	switch {
	case n == 1:
		return unit
	case strings.HasSuffix(unit, "y"):
		return strings.TrimSuffix(unit, "y") + "ies"
	}
	return unit + "s"
}

// note counts n items under a reason. It keeps the first example.
func (a *Account) note(fate, why, example string, n int) {
	why, example = Printable(why), Printable(example)
	at := slices.IndexFunc(a.Reasons, func(r Reason) bool { return r.Fate == fate && r.Why == why })
	if at < 0 && len(a.Reasons) >= maxReasons {
		why = "others"
		at = slices.IndexFunc(a.Reasons, func(r Reason) bool { return r.Fate == fate && r.Why == why })
	}
	if at < 0 {
		at = len(a.Reasons)
		a.Reasons = append(a.Reasons, Reason{Fate: fate, Why: why, Example: example})
	}
	a.Reasons[at].Count += n
}

// closed is the account with the number of pictures that were made.
func (a Account) closed(pictures, accepted int) Account {
	a.Used, a.Merged = pictures, accepted-pictures
	a.Seen = a.Sum()
	a.Reasons = slices.Clone(a.Reasons)
	slices.SortStableFunc(a.Reasons, func(x, y Reason) int { return cmp.Or(cmp.Compare(x.Fate, y.Fate), y.Count-x.Count) })
	return a
}
