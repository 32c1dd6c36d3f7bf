// Package precomputed reads embeddings that were made elsewhere, so that they can be scored and compared like
// those of any variant.
package precomputed

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// layouts are the ways that a folder may hold a dataset's embeddings; the first that is there is
// taken. Each is in DIR, or in DIR/DATASET.
var layouts = []struct {
	name string
	open func(dir, dataset string) (*Tables, error) // fs.ErrNotExist when it is not there
}{
	{"a run's DATASET.image.parquet and DATASET.text.parquet", openRun},
	{"clip-retrieval's img_emb, text_emb and metadata", openClipRetrieval},
	{"image.npy and image.txt, text.npy and text.txt", openPlain},
}

// Tables are a dataset's embeddings.
type Tables struct {
	Image, Text *Table
	Files       []string // that were read
}

// Open reads the embeddings of a dataset from a folder. The files may come from a run of fastclip, or from `clip-
// retrieval inference` (img_emb/*.npy, text_emb/*.npy and metadata/*.parquet with image_path and caption). They
// may also be image.npy and text.npy, with one id per line in image.txt and text.txt.
func Open(dir, dataset string) (*Tables, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("embeddings: %w: name the folder that holds them as model", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("embeddings: %s is not a folder", dir)
	}
	var want []string
	for _, place := range []string{filepath.Join(dir, dataset), dir} {
		want = nil
		for _, l := range layouts {
			t, err := l.open(place, dataset)
			if errors.Is(err, fs.ErrNotExist) {
				want = append(want, l.name)
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("embeddings: %w", err)
			}
			if t.Image.Dim() != t.Text.Dim() {
				return nil, fmt.Errorf("embeddings in %s: embeddings of pictures have %d values, those of texts %d", place, t.Image.Dim(), t.Text.Dim())
			}
			return t, nil
		}
	}
	return nil, fmt.Errorf("embeddings: %s has none of dataset %s: want %s", dir, dataset, strings.Join(want, ", or "))
}

// SHA256 is the hash of all files that were read, in order.
func (t *Tables) SHA256() (string, error) {
	h := sha256.New()
	for _, name := range t.Files {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Table is embeddings by id. A row is found by its whole id. A path is also found by its last part, with or
// without the extension, if only one row has it.
type Table struct {
	parts  []matrix
	at     map[string]place
	twice  map[string]bool // short names of several rows
	exact  bool            // ids are no paths
	number int
}

type place struct{ part, row int }

func newTable(exact bool) *Table {
	return &Table{at: map[string]place{}, twice: map[string]bool{}, exact: exact}
}

// add takes rows with their ids; of an id that is there already the first row stays.
func (t *Table) add(m matrix, ids []string, what string) error {
	if len(ids) != m.n {
		return fmt.Errorf("%s: %d embeddings, but %d ids", what, m.n, len(ids))
	}
	if len(t.parts) > 0 && t.parts[0].dim != m.dim {
		return fmt.Errorf("%s: embeddings have %d values, but earlier ones have %d", what, m.dim, t.parts[0].dim)
	}
	t.parts = append(t.parts, m)
	for i, id := range ids {
		p := place{len(t.parts) - 1, i}
		for k, name := range t.names(id) {
			if _, there := t.at[name]; !there {
				t.at[name] = p
			} else if k > 0 {
				t.twice[name] = true
			}
		}
		t.number++
	}
	return nil
}

// names are what a row is found by, the id itself first.
func (t *Table) names(id string) []string {
	if t.exact {
		return []string{id}
	}
	base := path.Base(filepath.ToSlash(id))
	return []string{id, "\x00" + base, "\x00" + strings.TrimSuffix(base, path.Ext(base))}
}

// Dim is the length of an embedding.
func (t *Table) Dim() int {
	if len(t.parts) == 0 {
		return 0
	}
	return t.parts[0].dim
}

// Find is the embedding of the first of ids that the table has.
func (t *Table) Find(ids ...string) ([]float32, bool) {
	for k := range 3 {
		for _, id := range ids {
			names := t.names(id)
			if k >= len(names) || t.twice[names[k]] {
				continue
			}
			if p, ok := t.at[names[k]]; ok {
				return t.parts[p.part].row(p.row), true
			}
		}
	}
	return nil, false
}
