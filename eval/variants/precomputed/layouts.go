package precomputed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// openRun reads the files that a run of fastclip's has in embeddings/VARIANT.
func openRun(dir, dataset string) (*Tables, error) {
	t := &Tables{}
	for _, m := range []struct {
		modality string
		to       **Table
	}{{"image", &t.Image}, {"text", &t.Text}} {
		name := filepath.Join(dir, dataset+"."+m.modality+".parquet")
		if _, err := os.Stat(name); err != nil {
			return nil, err
		}
		rows, err := store.Read[store.Embedding](name)
		if err != nil {
			return nil, err
		}
		if *m.to, err = tableOf(rows, name); err != nil {
			return nil, err
		}
		t.Files = append(t.Files, name)
	}
	return t, nil
}

func tableOf(rows []store.Embedding, name string) (*Table, error) {
	t := newTable(true)
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no embeddings", name)
	}
	m := matrix{n: len(rows), dim: len(rows[0].Embedding)}
	var ids []string
	for _, r := range rows {
		if len(r.Embedding) != m.dim || m.dim == 0 {
			return nil, fmt.Errorf("%s: the embedding of %s has %d values, but the first has %d", name, r.ID, len(r.Embedding), m.dim)
		}
		m.data, ids = append(m.data, r.Embedding...), append(ids, r.ID)
	}
	return t, t.add(m, ids, name)
}

// openClipRetrieval reads what clip-retrieval 2.44's inference writes: shards of the same number in
// img_emb, text_emb and metadata, one row per picture in all three.
func openClipRetrieval(dir, _ string) (*Tables, error) {
	images, err := numbered(filepath.Join(dir, "img_emb"), ".npy")
	if err != nil {
		return nil, err
	}
	texts, err := numbered(filepath.Join(dir, "text_emb"), ".npy")
	if err != nil {
		return nil, err
	}
	metadata, err := numbered(filepath.Join(dir, "metadata"), ".parquet")
	if err != nil {
		return nil, err
	}
	if len(images) != len(metadata) || len(texts) != len(metadata) {
		return nil, fmt.Errorf("%s has %d files of pictures, %d of texts and %d of metadata: want the same number of each", dir, len(images), len(texts), len(metadata))
	}
	t := &Tables{Image: newTable(false), Text: newTable(true)}
	for i, name := range metadata {
		ids, captions, err := readMetadata(name)
		if err != nil {
			return nil, err
		}
		if err := t.Image.read(images[i], ids); err != nil {
			return nil, err
		}
		if err := t.Text.read(texts[i], captions); err != nil {
			return nil, err
		}
		t.Files = append(t.Files, images[i], texts[i], name)
	}
	return t, nil
}

func readMetadata(name string) (ids, captions []string, err error) {
	columns, err := store.ReadStrings(name, "image_path", "caption")
	if err != nil {
		return nil, nil, err
	}
	return columns[0], columns[1], nil
}

func (t *Table) read(file string, ids []string) error {
	m, err := readNPY(file)
	if err != nil {
		return err
	}
	return t.add(m, ids, file)
}

// numbered lists a folder's files that end in the last number before the extension, by that.
func numbered(dir, extension string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	type file struct {
		number int
		path   string
	}
	var files []file
	for _, e := range entries {
		stem, found := strings.CutSuffix(e.Name(), extension)
		digits := stem[len(strings.TrimRight(stem, "0123456789")):]
		number, err := strconv.Atoi(digits)
		if found && err == nil {
			files = append(files, file{number, filepath.Join(dir, e.Name())})
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no numbered %s files", dir, extension)
	}
	slices.SortFunc(files, func(a, b file) int { return a.number - b.number })
	var out []string
	for _, f := range files {
		out = append(out, f.path)
	}
	return out, nil
}

// openPlain reads .npy files with a line for each row's id beside them.
func openPlain(dir, _ string) (*Tables, error) {
	t := &Tables{Image: newTable(false), Text: newTable(true)}
	for stem, to := range map[string]*Table{"image": t.Image, "text": t.Text} {
		values, ids := filepath.Join(dir, stem+".npy"), filepath.Join(dir, stem+".txt")
		if _, err := os.Stat(values); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(ids)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s has no %s with one id per line", values, ids)
		} else if err != nil {
			return nil, err
		}
		lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
		if err := to.read(values, lines); err != nil {
			return nil, err
		}
		t.Files = append(t.Files, values, ids)
	}
	slices.Sort(t.Files)
	return t, nil
}
