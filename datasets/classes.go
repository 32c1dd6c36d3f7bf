package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// readClasses reads a list of names of classes, a line each; without a file it looks for
// classnames.txt in the folders, and none is nil.
func readClasses(file string, folders ...string) ([]string, error) {
	places := []string{file}
	if file == "" {
		places = nil
		for _, dir := range folders {
			places = append(places, filepath.Join(dir, "classnames.txt"))
		}
	}
	for _, place := range places {
		info, err := os.Stat(place)
		if err == nil && info.Size() > maxLine {
			return nil, fmt.Errorf("%s: names of classes have at most 1 MiB", place)
		}
		data, err := os.ReadFile(place)
		if err != nil && file != "" {
			return nil, fmt.Errorf("classes: %w", err)
		}
		if err != nil {
			continue
		}
		if !utf8.Valid(data) {
			return nil, fmt.Errorf("%s is no UTF-8: save it as that", place)
		}
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		names := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(data), "\r", "")), "\n")
		for i, name := range names {
			if names[i] = strings.TrimSpace(name); names[i] == "" {
				return nil, fmt.Errorf("%s: line %d is empty: want the name of class %d", place, i+1, i)
			}
		}
		return names, nil
	}
	return nil, nil
}

// classed gives a row its class: labels that are numbers are places in the list of names, others are
// names in it, or of no class. Without a list a number stays what it is, and the row says so.
func (r *row) classed(names []string, number bool) error {
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
				return fmt.Errorf("class %d, names are there for %d", n, len(names))
			}
			r.Labels[i] = names[at]
		}
		r.setClass(at)
	}
	r.Labels = unique(r.Labels)
	return nil
}

// setClass adds a class of the picture by its place in the list.
func (r *row) setClass(at int) {
	switch r.Class {
	case 0, at + 1:
		r.Class = at + 1
	default:
		r.Class = severalClasses
	}
}
