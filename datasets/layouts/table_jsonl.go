package layouts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/pyjson"
)

// parseJSONL reads one object per line.
func parseJSONL(r io.Reader, c Columns, w datasets.Where, add func(datasets.Row) error) error {
	n := 0
	for line, err := range datasets.Lines(r) {
		n++
		if err != nil && !errors.Is(err, datasets.ErrLongLine) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err == nil && strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")) == "" {
			continue
		}
		found := datasets.Row{}
		if err == nil {
			found, err = jsonRow([]byte(strings.TrimPrefix(line, "\ufeff")), c, w)
		}
		switch {
		case err != nil:
			found = datasets.Row{Name: fmt.Sprintf("line %d", n), Problem: err.Error()}
		case found.Left == "":
			found = found.Checked(n)
		}
		if err := add(found); err != nil {
			return err
		}
	}
	return nil
}

func jsonRow(data []byte, c Columns, w datasets.Where) (r datasets.Row, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(pyjson.Text(data), &fields); err != nil {
		return datasets.Row{}, err
	}
	if r.Left = w.Leaves(func(column string) []string {
		values, _, err := jsonStrings(fields, column, nil)
		if err != nil {
			return nil
		}
		return values
	}); r.Left != "" {
		return r, nil
	}
	paths, _, err := jsonStrings(fields, c.Path, pathColumns)
	if err != nil {
		return datasets.Row{}, err
	}
	if len(paths) > 1 {
		return datasets.Row{}, errors.New("several paths in one row")
	}
	r.Name = strings.Join(paths, "")
	if r.Labels, r.Number, err = jsonStrings(fields, c.Labels, labelColumns); err != nil {
		return r, err
	}
	r.Captions, _, err = jsonStrings(fields, c.Captions, captionColumns)
	return r, err
}

// jsonStrings returns the value of the wanted key, or else of the first usual key: a string, a number, or a list of them. number reports whether there was a
// number.
func jsonStrings(fields map[string]json.RawMessage, want string, usual []string) (out []string, number bool, err error) {
	if want != "" {
		usual = []string{want}
	}
	for _, key := range usual {
		value, ok := fields[key]
		if !ok || string(value) == "null" {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			list = []json.RawMessage{value}
		}
		for _, v := range list {
			var s string
			if json.Unmarshal(v, &s) != nil {
				var n json.Number
				if json.Unmarshal(v, &n) != nil {
					return nil, false, fmt.Errorf("%q is neither a text nor a list of texts", key)
				}
				s, number = pyjson.WholeNumber(n), true
			}
			out = append(out, s)
		}
		return out, number, nil
	}
	return nil, false, nil
}
