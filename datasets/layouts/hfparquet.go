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
	Files   string         // may contain braces, * and ?, such as data/test-*.parquet
	Where   datasets.Where // which rows to use
	Classes string         // file of class names, one per line from 0, which replace a ClassLabel's
	Columns Columns        // Path names the column of pictures; a field of a struct is written like sentences.raw; "" means the usual names
}

// OpenHFParquet reads parquet files in the form of the Hugging Face hub: a column of pictures (a struct of bytes and path, or bytes alone), and columns of
// captions or labels, single or lists. Label numbers get the names of the ClassLabel in the embedded metadata. A file or row that cannot be read is an error
// of that item, and reading continues.
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
