// Package export writes a dataset in a format that other tools read.
package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/internal/formats"
)

// Options say how a set is written in another format.
type Options struct {
	Format string // one of Formats
	Dir    string // must be empty or new; it appears when everything is written
	Split  string // of formats that have one; "" is test
	Shard  int    // pictures a file, in formats of several; 0 is 1000
	// Skipped hears of pictures that cannot be read; the rest goes on.
	Skipped func(name string, err error)
}

// Written is what was written. Source is its line in a suite file, with %s for the folder.
type Written struct {
	Images, Texts, Skipped int
	Source                 string
}

type openFunc func(dir string, e Options, s shape) (sink, error)

// sinks makes the sink of each format.
var sinks = formats.List[openFunc]{
	{"webdataset", newShardSink},
	{"hfparquet", newHubSink},
	{"coco", newCocoSink},
	{"folder", newFolderSink},
	{"jsonl", newTableSink},
	{"csv", newTableSink},
}

// Formats are the formats that a set can be written in.
func Formats() []string { return sinks.Names() }

// sink writes pictures in order. errCannotHold is an error about a single picture. Close finishes the
// files and returns the suite's line. It is called after errors, too.
type sink interface {
	add(it item) error
	close() (source string, err error)
}

// endShard closes the file of a sink's shard, if one is open, after what writes into it.
func endShard(file **os.File, into io.Closer) error {
	if *file == nil {
		return nil
	}
	err := errors.Join(into.Close(), (*file).Close())
	*file = nil
	return err
}

// Write writes a set in another format, one picture at a time. Files get numbers as names, because the set's own
// names might differ in case only, or might not be valid file names here.
func Write(ctx context.Context, ds datasets.Dataset, e Options) (Written, error) {
	open, err := sinks.Find(e.Format)
	if err != nil {
		return Written{}, err
	}
	if entries, err := os.ReadDir(e.Dir); err == nil && len(entries) > 0 {
		return Written{}, fmt.Errorf("%s is not empty: name a new folder, or remove it", e.Dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Written{}, err
	}
	e.Split = cmp.Or(e.Split, "test")
	if e.Shard == 0 {
		e.Shard = 1000
	}
	if !fs.ValidPath(e.Split) || strings.ContainsAny(e.Split, `/\`) || e.Shard < 1 {
		return Written{}, fmt.Errorf("split %q with %d pictures per file: want a name without slashes and at least 1 picture", e.Split, e.Shard)
	}
	parent := filepath.Dir(filepath.Clean(e.Dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return Written{}, err
	}
	tmp, err := os.MkdirTemp(parent, filepath.Base(e.Dir)+".part-")
	if err != nil {
		return Written{}, err
	}
	out, err := export(ctx, ds, e, tmp, open)
	if err == nil {
		err = errors.Join(os.Chmod(tmp, 0o755), replaceEmpty(tmp, e.Dir))
	}
	return out, errors.Join(err, os.RemoveAll(tmp))
}

// replaceEmpty moves a folder to a place where there is none, or an empty one.
func replaceEmpty(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}

func export(ctx context.Context, ds datasets.Dataset, e Options, dir string, open openFunc) (out Written, err error) {
	s, err := shapeOf(ctx, ds)
	if err != nil {
		return out, err
	}
	to, err := open(dir, e, s)
	if err != nil {
		return out, err
	}
	skip := func(name string, err error) error {
		out.Skipped++
		if e.Skipped != nil {
			e.Skipped(name, err)
		}
		return nil
	}
	err = eachCaptioned(ctx, ds, func(im datasets.Image, captions []string, err error) error {
		var data []byte
		if err == nil {
			data, err = im.Read(ctx)
		}
		if stop := ctx.Err(); stop != nil {
			return stop
		}
		if err != nil {
			return skip(im.Name, err)
		}
		it := item{number: out.Images, extension: extensionOf(data, im.Name), data: data, labels: im.Labels, class: s.classOf(im), captions: captions}
		if err := to.add(it); errors.Is(err, errCannotHold) {
			return skip(im.Name, err)
		} else if err != nil {
			return err
		}
		out.Images, out.Texts = out.Images+1, out.Texts+len(captions)
		return nil
	})
	source, closed := to.close()
	if err = errors.Join(err, closed); err == nil && out.Images == 0 {
		err = errors.New("no picture of the set can be read")
	}
	out.Source = source
	return out, err
}
