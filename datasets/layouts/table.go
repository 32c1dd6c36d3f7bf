package layouts

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// TableOptions say how to read a table.
type TableOptions struct {
	datasets.Options
	Images  string // the folder to which paths are relative; "" means the table's own
	Columns Columns
	Where   datasets.Where // which rows to use
	Classes string         // file of class names, one per line from 0, for labels that are numbers; "" means none
}

// Columns are the names of a table's columns in the header, or the keys in JSON. "" means the first of the usual
// names that exists.
type Columns struct{ Path, Labels, Captions string }

var (
	pathColumns    = []string{"path", "filepath", "file_path", "file_name", "filename", "image", "image_path", "image_name"}
	labelColumns   = []string{"labels", "label", "class", "category"}
	captionColumns = []string{"captions", "caption", "text", "title", "sentence", "raw", "comment"}
)

// OpenTable reads a .csv, .tsv, .jsonl or .ndjson file with one picture per row: its path, and its labels or a
// caption. The first two names may also hold tables with other separators (; or |). A cell of labels holds one
// label, several with | between them, or a JSON list. A cell of captions holds one caption or a JSON list. Rows
// with the same path form one picture. Paths must stay inside the folder. A row that cannot be read is an error of
// that item.
func OpenTable(ctx context.Context, file string, o TableOptions) (datasets.Dataset, error) {
	if o.Images == "" {
		o.Images = filepath.Dir(file)
	}
	if o.Name == "" {
		o.Name = datasets.Stem(file)
	}
	src, err := datasets.OpenPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset table %s: %w", file, err)
	}
	return datasets.OpenListing(ctx, "table "+file, o.Options, src, func(x *datasets.Index) error {
		x.Account.Unit = "row"
		classes, err := readClasses(o.Classes)
		if err != nil {
			return err
		}
		if err := x.SetClasses(classes); err != nil {
			return err
		}
		in, err := os.Open(file)
		if err != nil {
			return err
		}
		defer in.Close()
		return parseTable(in, filepath.Ext(file), o.Columns, o.Where, func(r datasets.Row) error {
			if r.Left != "" {
				x.Leave(r.Left, r.Name)
				return x.Ctx.Err()
			}
			r.Name = src.Inside(r.Name)
			if err := r.Classed(classes, r.Number); err != nil && r.Problem == "" {
				r.Problem = err.Error()
			}
			return x.Add(r)
		})
	})
}

// jsonList is the list of strings in a cell, or nil if the cell is not a list.
func jsonList(cell string) []string {
	var list []string
	if !strings.HasPrefix(cell, "[") || json.Unmarshal([]byte(cell), &list) != nil {
		return nil
	}
	return list
}
