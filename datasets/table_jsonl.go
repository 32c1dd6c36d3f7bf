package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// parseJSONL reads an object a line.
func parseJSONL(r io.Reader, c Columns, w Where, add func(row) error) error {
	n := 0
	for line, err := range lines(r) {
		n++
		if err != nil && !errors.Is(err, errLongLine) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err == nil && strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")) == "" {
			continue
		}
		found := row{}
		if err == nil {
			found, err = jsonRow([]byte(strings.TrimPrefix(line, "\ufeff")), c, w)
		}
		switch {
		case err != nil:
			found = row{Name: fmt.Sprintf("line %d", n), Problem: err.Error()}
		case found.left == "":
			found = found.checked(n)
		}
		if err := add(found); err != nil {
			return err
		}
	}
	return nil
}

func jsonRow(data []byte, c Columns, w Where) (r row, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(pyjson.Text(data), &fields); err != nil {
		return row{}, err
	}
	if r.left = w.leaves(func(column string) []string {
		values, _, err := jsonStrings(fields, column, nil)
		if err != nil {
			return nil
		}
		return values
	}); r.left != "" {
		return r, nil
	}
	paths, _, err := jsonStrings(fields, c.Path, pathColumns)
	if err != nil {
		return row{}, err
	}
	if len(paths) > 1 {
		return row{}, errors.New("several paths in one row")
	}
	r.Name = strings.Join(paths, "")
	if r.Labels, r.Number, err = jsonStrings(fields, c.Labels, labelColumns); err != nil {
		return r, err
	}
	r.Captions, _, err = jsonStrings(fields, c.Captions, captionColumns)
	return r, err
}

// jsonStrings is the value of the wanted key, else of the first usual one: a string, a number
// or a list of these; number tells whether there was a number.
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
