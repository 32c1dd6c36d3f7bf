package datasets

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TableOptions say how a table is read.
type TableOptions struct {
	Options
	Images  string // the folder that paths are relative to; "" is the table's own
	Columns Columns
	Classes string // names of classes, a line each from 0, for labels that are numbers; "" is none
}

// Columns are a table's columns by their names in the header, or in JSON the keys; "" takes
// the first usual name that is there.
type Columns struct{ Path, Labels, Captions string }

var (
	pathColumns    = []string{"path", "filepath", "file_path", "file_name", "filename", "image", "image_path", "image_name"}
	labelColumns   = []string{"labels", "label", "class", "category"}
	captionColumns = []string{"captions", "caption", "text", "title", "sentence"}
)

// OpenTable reads a .csv, .tsv, .jsonl or .ndjson file with a picture a row: its path, and
// its labels or a caption. A cell of labels is one label, several with | between them, or a
// JSON list; a caption's cell is a caption or a JSON list. Rows with the same path are one
// picture. Paths must stay inside the folder. A row that cannot be read is an error of that
// item.
func OpenTable(ctx context.Context, file string, o TableOptions) (Dataset, error) {
	if o.Images == "" {
		o.Images = filepath.Dir(file)
	}
	if o.Name == "" {
		o.Name = stem(file)
	}
	src, err := openPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset table %s: %w", file, err)
	}
	return openListing(ctx, "table "+file, o.Options, src, func(x *index) error {
		x.account.Unit = "row"
		classes, err := readClasses(o.Classes)
		if err != nil {
			return err
		}
		if err := x.setClasses(classes); err != nil {
			return err
		}
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		defer in.Close()
		return parseTable(in, filepath.Ext(file), o.Columns, func(r row) error {
			r.Name = src.inside(r.Name)
			if err := r.classed(classes, r.Number); err != nil && r.Problem == "" {
				r.Problem = err.Error()
			}
			return x.add(r)
		})
	})
}

// parseTable hands each row to add, with a Problem those that are none.
func parseTable(r io.Reader, extension string, c Columns, add func(row) error) error {
	switch strings.ToLower(extension) {
	case ".csv":
		return parseCSV(r, ',', c, add)
	case ".tsv":
		return parseCSV(r, '\t', c, add)
	case ".jsonl", ".ndjson":
		return parseJSONL(r, c, add)
	}
	return fmt.Errorf("the extension %q: want .csv, .tsv or .jsonl", extension)
}

func parseCSV(r io.Reader, comma rune, c Columns, add func(row) error) error {
	limited := newBudget(r, 2*maxLine)
	in := csv.NewReader(limited)
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = comma, -1, true
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	at, err := c.find(header)
	if err != nil {
		return err
	}
	for last := 1; ; {
		limited.refill()
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			if err := add(row{Name: fmt.Sprintf("line %d", syntax.StartLine), Problem: err.Error()}); err != nil {
				return err
			}
			continue
		} else if err != nil {
			return fmt.Errorf("after line %d: %w", last, err)
		}
		last, _ = in.FieldPos(0)
		if err := add(tableRow(last, len(header), cells, at)); err != nil {
			return err
		}
	}
}

// find gives the places of path, labels and captions; -1 is a column that is not there.
func (c Columns) find(header []string) (at [3]int, err error) {
	for i, column := range []struct {
		want  string
		usual []string
	}{{c.Path, pathColumns}, {c.Labels, labelColumns}, {c.Captions, captionColumns}} {
		if at[i] = -1; column.want != "" {
			if at[i] = slices.Index(header, column.want); at[i] < 0 {
				return at, fmt.Errorf("no column %q in the header (%s)", column.want, strings.Join(header, ", "))
			}
			continue
		}
		for _, name := range column.usual {
			if at[i] = slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) }); at[i] >= 0 {
				break
			}
		}
	}
	if at[0] < 0 {
		return at, fmt.Errorf("no column of paths in the header (%s): want one of %s, or name it", strings.Join(header, ", "), strings.Join(pathColumns, ", "))
	}
	if at[1] < 0 && at[2] < 0 {
		return at, fmt.Errorf("no column of labels or captions in the header (%s): want one of %s, %s, or name it", strings.Join(header, ", "), strings.Join(labelColumns, ", "), strings.Join(captionColumns, ", "))
	}
	return at, nil
}

func tableRow(line, columns int, cells []string, at [3]int) row {
	r := row{Name: cells[min(at[0], len(cells)-1)]}
	if len(cells) != columns {
		r.Problem = fmt.Sprintf("line %d has %d columns, the header %d", line, len(cells), columns)
		return r
	}
	if at[1] >= 0 {
		if r.Labels = jsonList(cells[at[1]]); r.Labels == nil {
			r.Labels = strings.Split(cells[at[1]], "|")
		}
	}
	if at[2] >= 0 {
		if r.Captions = jsonList(cells[at[2]]); r.Captions == nil {
			r.Captions = []string{cells[at[2]]}
		}
	}
	return r.checked(line)
}

// checked adds what makes a row no picture.
func (r row) checked(line int) row {
	switch _, err := cleanName(r.Name); {
	case err != nil && r.Name == "":
		r.Name, r.Problem = fmt.Sprintf("line %d", line), err.Error()
	case len(trimmed(r.Labels)) == 0 && len(trimmed(r.Captions)) == 0:
		r.Problem = fmt.Sprintf("line %d has neither a label nor a caption", line)
	}
	return r
}

// jsonList is the cell's list of strings, or nil when it holds none.
func jsonList(cell string) []string {
	var list []string
	if !strings.HasPrefix(cell, "[") || json.Unmarshal([]byte(cell), &list) != nil {
		return nil
	}
	return list
}
