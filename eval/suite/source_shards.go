package suite

import (
	"context"
	"errors"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// Webdataset is webdataset's tar shards.
type Webdataset struct {
	Shards  string `yaml:"shards"`  // shard-{000..012}.tar
	Classes string `yaml:"classes"` // file of class names, one per line
}

func (d *Webdataset) check() error { return wanted("webdataset", "pattern of shards", d.Shards) }

func (d *Webdataset) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenWebdataset(ctx, layouts.WebdatasetOptions{Options: o, Shards: w.path(d.Shards), Classes: w.path(d.Classes)})
}

// HFParquet is parquet files in the form of the Hugging Face hub.
type HFParquet struct {
	Files   string  `yaml:"files"` // data/test-*.parquet
	Columns Columns `yaml:"columns"`
	Where   Where   `yaml:"where"`
	Split   string  `yaml:"split"`   // short for where: {split: NAME}
	Classes string  `yaml:"classes"` // file of class names, one per line, for files without names
}

func (h *HFParquet) check() error {
	return errors.Join(wanted("hfparquet", "pattern of files", h.Files), h.Where.checkSplit("hfparquet", h.Split))
}

func (h *HFParquet) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenHFParquet(ctx, layouts.HFParquetOptions{Options: o, Files: w.path(h.Files), Columns: layouts.Columns(h.Columns), Where: h.Where.in(h.Split).rows(), Classes: w.path(h.Classes)})
}
