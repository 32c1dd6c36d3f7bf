package layouts

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fastclip/fastclip/datasets"
)

// HFParquetOptions name parquet files.
type HFParquetOptions struct {
	datasets.Options
	Files   string         // braces, * and ?: data/test-*.parquet
	Where   datasets.Where // rows to take
	Classes string         // names of classes, a line each from 0, in place of a ClassLabel's
	Columns Columns        // Path is the picture's; a part of a struct is named sentences.raw; "" takes the usual names
}

// OpenHFParquet reads parquet files as the Hugging Face hub has them: a column of pictures, a
// struct of bytes and path or the bytes alone, and columns of captions or labels, single or
// lists. Numbers of labels get the names of the ClassLabel in the embedded metadata. A file or
// a row that cannot be read is an error of that item; the rest goes on.
func OpenHFParquet(ctx context.Context, o HFParquetOptions) (datasets.Dataset, error) {
	what := "hfparquet " + o.Files
	shards, err := openSharded(o.Files)
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", what, err)
	}
	if o.Name == "" {
		o.Name = filepath.Base(shards.above)
	}
	classes, err := readClasses(o.Classes)
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", what, err)
	}
	p := &parquets{classes: classes, where: o.Where, sharded: shards, columns: o.Columns}
	return datasets.OpenListing(ctx, what, o.Options, p, func(x *datasets.Index) error {
		x.Account.Unit = "row"
		for i := range p.files {
			err := p.list(x, i)
			if stop := x.Ctx.Err(); stop != nil {
				return stop
			}
			if err != nil {
				if err := x.Bad(p.names[i], "%v", err); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
