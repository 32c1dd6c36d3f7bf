package datasets

import (
	"fmt"
	"slices"
	"strings"
)

// labelTexts makes a query for each different set of labels. Its memory grows only with these sets.
type labelTexts struct {
	template string
	seen     map[string]bool
	texts    []Text
	arity    string // of all, or ""
	any      bool
}

func newLabelTexts(template string) (*labelTexts, error) {
	if template != "" && !strings.Contains(template, "{}") {
		return nil, fmt.Errorf("template %q has no {} for the label", template)
	}
	return &labelTexts{template: template, seen: map[string]bool{}}, nil
}

// add takes the labels of a picture. More than three labels become one query each, because hardly any
// other picture would have them all.
func (q *labelTexts) add(id string, labels []string) {
	if a := Arity(len(labels)); !q.any {
		q.any, q.arity = true, a
	} else if a != q.arity {
		q.arity = ""
	}
	if len(labels) > 3 {
		for i, l := range labels {
			q.ask(fmt.Sprintf("%s/%d", id, i), []string{l})
		}
	} else if len(labels) > 0 {
		q.ask(id, labels)
	}
}

func (q *labelTexts) ask(id string, labels []string) {
	key := strings.Join(slices.Sorted(slices.Values(labels)), "\x00")
	if q.seen[key] {
		return
	}
	q.seen[key] = true
	text := strings.ReplaceAll(q.template, "{}", Enumerate(labels))
	if q.template == "" {
		var with []Label
		for _, name := range labels {
			with = append(with, Label{name, guessArticle(name)})
		}
		text = Query(with...)
	}
	q.texts = append(q.texts, Text{ID: id, Text: text, Labels: labels})
}
