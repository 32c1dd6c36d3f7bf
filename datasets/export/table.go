package export

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// tableSink writes a table and its pictures: test.jsonl or test.csv with path, labels and captions (lists as JSON), and images/0000000.jpg and so on.
type tableSink struct {
	dir, name string
	file      *os.File
	write     func(path string, it item) error
	flush     func() error
}

func newTableSink(dir string, e Options, s shape) (sink, error) {
	t := &tableSink{dir: dir, name: e.Split + "." + e.Format, flush: func() error { return nil }}
	if err := os.Mkdir(filepath.Join(dir, "images"), 0o755); err != nil {
		return nil, err
	}
	var err error
	if t.file, err = os.Create(filepath.Join(dir, t.name)); err != nil {
		return nil, err
	}
	if e.Format == "csv" {
		return t, t.csv(s)
	}
	out := json.NewEncoder(t.file)
	out.SetEscapeHTML(false)
	t.write = func(path string, it item) error {
		return out.Encode(struct {
			Path     string   `json:"path"`
			Labels   []string `json:"labels,omitempty"`
			Captions []string `json:"captions,omitempty"`
		}{path, it.labels, it.captions})
	}
	return t, nil
}

// csv writes the columns for which the set has values.
func (t *tableSink) csv(s shape) error {
	out := csv.NewWriter(t.file)
	header := []string{"path"}
	if len(s.classes) > 0 {
		header = append(header, "labels")
	}
	if s.captions {
		header = append(header, "captions")
	}
	t.flush = func() error { out.Flush(); return out.Error() }
	t.write = func(path string, it item) error {
		cells := []string{path}
		for _, column := range header[1:] {
			list := it.captions
			if column == "labels" {
				list = it.labels
			}
			data, err := json.Marshal(list)
			if err != nil {
				return err
			}
			cells = append(cells, string(data))
		}
		return out.Write(cells)
	}
	return out.Write(header)
}

func (t *tableSink) add(it item) error {
	if err := it.named(); err != nil {
		return err
	}
	path := "images/" + it.file()
	return errors.Join(os.WriteFile(filepath.Join(t.dir, filepath.FromSlash(path)), it.data, 0o644), t.write(path, it))
}

func (t *tableSink) close() (string, error) {
	return fmt.Sprintf(`table: {path: "%%s/%s"}`, t.name), errors.Join(t.flush(), t.file.Close())
}
