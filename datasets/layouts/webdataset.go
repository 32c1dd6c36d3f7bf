package layouts

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/datasets"
)

// WebdatasetOptions name tar shards.
type WebdatasetOptions struct {
	datasets.Options
	Shards  string // may contain braces (shard-{000..012}.tar), * and ?
	Classes string // file of class names, one per line from 0; "" means classnames.txt beside or above the shards
}

// OpenWebdataset reads webdataset's tar shards. The entries of a sample follow each other and share their name up
// to the first dot. They are a picture (jpg, jpeg, png, webp and others) and captions or labels: txt with one
// caption per line, as CLIP_benchmark writes it, json (caption, captions, text, label or labels), or cls with the
// number or name of a class. Nothing is unpacked to disk. An entry that leaves the folder, is a link or exceeds a
// limit is an error of that item. So is a shard that is cut short. Reading goes on.
func OpenWebdataset(ctx context.Context, o WebdatasetOptions) (datasets.Dataset, error) {
	what := "webdataset " + o.Shards
	shards, err := openSharded(o.Shards)
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", what, err)
	}
	if o.Name == "" {
		o.Name = filepath.Base(shards.above)
	}
	classes, err := readClasses(o.Classes, shards.above, filepath.Dir(shards.above))
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", what, err)
	}
	return datasets.OpenListing(ctx, what, o.Options, tars(shards), func(x *datasets.Index) error {
		x.Account.Unit = "entry"
		if err := x.SetClasses(classes); err != nil {
			return err
		}
		for i, file := range shards.files {
			if err := listShard(x, i, file, shards.names[i], classes); err != nil {
				return err
			}
		}
		return nil
	})
}

// tars reads pictures from their place in the shards.
type tars sharded

func (t tars) Read(_ context.Context, r datasets.Row) ([]byte, error) {
	file := t.files[r.Place.File]
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data := make([]byte, r.Place.Size)
	if _, err := in.ReadAt(data, r.Place.At); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", file, r.Name, err)
	}
	return data, nil
}

// Whereabouts returns where in its shard a picture is.
func (t tars) Whereabouts(r datasets.Row) datasets.Range {
	at := datasets.WholeFile(t.files[r.Place.File])
	at.From, at.Size = r.Place.At, r.Place.Size
	return at
}

func (tars) Close() error { return nil }
