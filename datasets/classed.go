package datasets

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// Classed gives a row its class. A label that is a number is a place in the list of names; any other label is a
// name in the list, or belongs to no class. Without a list, a number stays as it is, and the row says so.
func (r *Row) Classed(names []string, number bool) error {
	for i, label := range r.Labels {
		n, err := strconv.Atoi(pyjson.WholeNumber(json.Number(strings.TrimSpace(label))))
		at := slices.Index(names, label)
		switch {
		case names == nil:
			r.Unnamed = r.Unnamed || number && err == nil
			continue
		case at < 0 && err != nil:
			continue
		case err == nil && (number || at < 0):
			if at = n; n < 0 || n >= len(names) {
				return fmt.Errorf("class %d has no name: there are %d names", n, len(names))
			}
			r.Labels[i] = names[at]
		}
		r.SetClass(at)
	}
	r.Labels = Unique(r.Labels)
	return nil
}

// SetClass adds a class of the picture by its place in the list.
func (r *Row) SetClass(at int) {
	switch r.Class {
	case 0, at + 1:
		r.Class = at + 1
	default:
		r.Class = severalClasses
	}
}

// Checked adds the reason why a row is not a picture.
func (r Row) Checked(line int) Row {
	switch _, err := CleanName(r.Name); {
	case err != nil && r.Name == "":
		r.Name, r.Problem = fmt.Sprintf("line %d", line), err.Error()
	case len(Trimmed(r.Labels)) == 0 && len(Trimmed(r.Captions)) == 0:
		r.Problem = fmt.Sprintf("line %d has neither a label nor a caption", line)
	}
	return r
}
