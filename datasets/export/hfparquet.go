package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// hubSink writes parquet files in the form of the datasets library and the Hugging Face hub: data/test-00000-of-00003.parquet. The columns are image (struct
// of bytes and path), captions (list of strings), and label (int64, a ClassLabel) for sets with one label per picture, otherwise labels (a list of them). The
// key "huggingface" has the features as JSON. Lists have the type Sequence, which all versions of the library read; only version 4 and later know List.
type hubSink struct {
	dir     string
	e       Options
	classes map[string]int64
	columns []hubColumn
	schema  *parquet.Schema
	meta    string

	file  *os.File
	out   *parquet.GenericWriter[any]
	count int // number of shards
	bytes int // size of the open row group
	rows  int
}

// Row groups are small, like the hub's, because readers hold a page or a group in memory.
const (
	hubGroupRows  = 100
	hubGroupBytes = 32 << 20
)

func newHubSink(dir string, e Options, s shape) (sink, error) {
	h := &hubSink{dir: dir, e: e, classes: map[string]int64{}, columns: hubColumns(s)}
	s.classes = unlike(s.classes)
	for i, c := range s.classes {
		h.classes[c] = int64(i)
	}
	meta, err := hubMeta(h.columns, s.classes)
	if err != nil {
		return nil, err
	}
	h.meta, h.schema = meta, hubSchema(h.columns)
	return h, os.Mkdir(filepath.Join(dir, "data"), 0o755)
}

func (h *hubSink) add(it item) error {
	if err := it.named(); err != nil {
		return err
	}
	if it.number%h.e.Shard == 0 {
		if err := h.next(); err != nil {
			return err
		}
	}
	var row parquet.Row
	for _, c := range h.columns {
		row = c.append(row, h, it)
	}
	if _, err := h.out.WriteRows([]parquet.Row{row}); err != nil {
		return err
	}
	h.rows++
	if h.bytes += len(it.data); h.rows < hubGroupRows && h.bytes < hubGroupBytes {
		return nil
	}
	h.rows, h.bytes = 0, 0
	return h.out.Flush()
}

func (h *hubSink) shard(i int) string { return filepath.Join(h.dir, "data", fmt.Sprintf("%d.part", i)) }

func (h *hubSink) next() (err error) {
	if err := h.end(); err != nil {
		return err
	}
	if h.file, err = os.Create(h.shard(h.count)); err != nil {
		return err
	}
	// No statistics of the pictures: every page header would contain the least and the largest picture.
	h.out = parquet.NewGenericWriter[any](h.file, h.schema, parquet.Compression(&parquet.Snappy),
		parquet.SkipPageBounds("image", "bytes"), parquet.SkipPageStatistics("image", "bytes"), parquet.CreatedBy("fastclip", "", ""), parquet.KeyValueMetadata("huggingface", h.meta))
	h.count, h.rows, h.bytes = h.count+1, 0, 0
	return nil
}

func (h *hubSink) end() error { return endShard(&h.file, h.out) }

// close renames the files, because the names contain the number of files.
func (h *hubSink) close() (string, error) {
	err := h.end()
	for i := range h.count {
		err = errors.Join(err, os.Rename(h.shard(i), filepath.Join(h.dir, "data", fmt.Sprintf("%s-%05d-of-%05d.parquet", h.e.Split, i, h.count))))
	}
	return fmt.Sprintf(`hfparquet: {files: "%%s/data/%s-*.parquet"}`, h.e.Split), err
}

// hubMeta is the metadata that the datasets library embeds: {"info": {"features": ...}}.
func hubMeta(columns []hubColumn, classes []string) (string, error) {
	features := map[string]any{}
	for _, c := range columns {
		features[c.name] = c.feature(classes)
	}
	data, err := json.Marshal(map[string]any{"info": map[string]any{"features": features}})
	return string(data), err
}

// unlike removes repeated names, which a ClassLabel does not allow.
func unlike(names []string) (out []string) {
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
