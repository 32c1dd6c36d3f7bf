package layouts

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// byteOrderMark is at the start of UTF-8 files from Windows.
const byteOrderMark = "\ufeff"

// parseTable calls add for each row. Rows that are not pictures have a Problem.
func parseTable(r io.Reader, extension string, c Columns, w datasets.Where, add func(datasets.Row) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.IndexByte(head, 0) >= 0 {
		return errors.New("it is UTF-16: save it as UTF-8")
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) { // it may come before the first quote of a header
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return err
		}
	}
	switch strings.ToLower(extension) {
	case ".csv":
		return parseCSV(in, ',', c, w, add)
	case ".tsv":
		return parseCSV(in, '\t', c, w, add)
	case ".jsonl", ".ndjson":
		return parseJSONL(in, c, w, add)
	}
	return fmt.Errorf("its extension is %q: want .csv, .tsv or .jsonl; for Flickr's caption files use flickr", extension)
}

// separators are tried if the usual one does not split the header.
const separators = ",\t;|"

func parseCSV(r *bufio.Reader, comma byte, c Columns, w datasets.Where, add func(datasets.Row) error) error {
	if line, _ := r.Peek(4096); bytes.IndexByte(firstLine(line), comma) < 0 {
		for _, other := range []byte(separators) {
			if bytes.IndexByte(firstLine(line), other) >= 0 {
				comma = other
				break
			}
		}
	}
	in := newCSVReader(r, comma)
	header, _, err := in.read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	at, err := c.find(header)
	if err != nil {
		return err
	}
	for _, i := range at {
		if i >= 0 && slices.Contains(header[i+1:], header[i]) {
			return fmt.Errorf("two columns in the header are called %q (%s): rename one", header[i], strings.Join(header, ", "))
		}
	}
	where, err := w.Columns(header)
	if err != nil {
		return err
	}
	for {
		cells, line, err := in.read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var wrong *csvError
		found := datasets.Row{}
		switch {
		case errors.As(err, &wrong):
			found = datasets.Row{Name: fmt.Sprintf("line %d", wrong.line), Problem: wrong.why}
		case err != nil:
			return fmt.Errorf("line %d: %w", line, err)
		default:
			found = tableRow(line, len(header), cells, at)
			if found.Problem == "" || len(cells) == len(header) {
				if found.Left = w.Leaves(func(column string) []string { return cells[where[column] : where[column]+1] }); found.Left != "" {
					found.Problem = ""
				}
			}
		}
		if err := add(found); err != nil {
			return err
		}
	}
}

func firstLine(data []byte) []byte {
	if at := bytes.IndexAny(data, "\r\n"); at >= 0 {
		return data[:at]
	}
	return data
}

// find returns the positions of path, labels and captions; -1 means that there is no such column.
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
			if at[i] = slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(h, name) }); at[i] >= 0 {
				break
			}
		}
	}
	if at[0] < 0 {
		return at, fmt.Errorf("the header has no column of paths (%s): want one of %s, or name yours", strings.Join(header, ", "), strings.Join(pathColumns, ", "))
	}
	if at[1] < 0 && at[2] < 0 {
		return at, fmt.Errorf("the header has no column of labels or captions (%s): want one of %s, %s, or name yours", strings.Join(header, ", "), strings.Join(labelColumns, ", "), strings.Join(captionColumns, ", "))
	}
	return at, nil
}

func tableRow(line, columns int, cells []string, at [3]int) datasets.Row {
	r := datasets.Row{Name: strings.TrimSpace(cells[min(at[0], len(cells)-1)])}
	if len(cells) != columns {
		r.Problem = fmt.Sprintf("line %d has %d columns, but the header has %d", line, len(cells), columns)
		if len(cells) > columns {
			r.Problem += ": a cell that contains the separator needs quotes"
		}
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
	return r.Checked(line)
}
