package suite

import (
	"context"
	"errors"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
)

// Captions is a folder of pictures with caption files next to them.
type Captions struct {
	Path  string `yaml:"path"`
	Links Links  `yaml:"links"`
}

func (c *Captions) check() error {
	return errors.Join(wanted("captions", "path", c.Path), c.Links.check())
}

func (c *Captions) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenCaptions(ctx, w.path(c.Path), c.Links.in(o))
}

// Table is a CSV, TSV or JSONL file.
type Table struct {
	Path    string  `yaml:"path"`
	Images  string  `yaml:"images"` // folder; "" means the table's own
	Columns Columns `yaml:"columns"`
	Where   Where   `yaml:"where"`
	Split   string  `yaml:"split"` // short for where: {split: NAME}
	Links   Links   `yaml:"links"`
	Classes string  `yaml:"classes"` // file of class names, one per line, for labels that are numbers
}

// Columns are names of columns. "" takes the first usual name that exists.
type Columns struct {
	Path     string `yaml:"path"` // path column of a table, or the picture itself in hfparquet
	Labels   string `yaml:"labels"`
	Captions string `yaml:"captions"`
}

func (t *Table) check() error {
	return errors.Join(wanted("table", "path", t.Path), t.Links.check(), t.Where.checkSplit("table", t.Split))
}

func (t *Table) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenTable(ctx, w.path(t.Path), layouts.TableOptions{
		Options: t.Links.in(o), Where: t.Where.in(t.Split).rows(), Images: w.path(t.Images), Columns: layouts.Columns(t.Columns), Classes: w.path(t.Classes),
	})
}
