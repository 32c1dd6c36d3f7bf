package datasets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// manifest is the content of the marker file.
type manifest struct {
	Info   Info
	Images []manifestImage
	Texts  []Text
}

type manifestImage struct {
	ID, Name string
	Labels   []string
	Class    int `json:",omitempty"`
	Size     int64
}

func writeMarker(name string, m manifest) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// files is a set whose pictures are in one folder.
type files struct {
	manifest
	dir    string
	source Dataset
}

// openFiles checks that the files have the names and sizes in the marker.
func openFiles(home string) (*files, error) {
	data, err := os.ReadFile(filepath.Join(home, marker))
	if err != nil {
		return nil, err
	}
	f := &files{dir: filepath.Join(home, filesDir)}
	if err := json.Unmarshal(data, &f.manifest); err != nil {
		return nil, fmt.Errorf("%s: %w: remove the folder", filepath.Join(home, marker), err)
	}
	for _, im := range f.manifest.Images {
		info, err := os.Stat(f.path(im.Name))
		if err != nil {
			return nil, err
		}
		if info.Size() != im.Size {
			return nil, fmt.Errorf("%s has %d bytes, want %d: %w", f.path(im.Name), info.Size(), im.Size, fs.ErrInvalid)
		}
	}
	return f, nil
}

func (f *files) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *files) Info() Info { return f.manifest.Info }

func (f *files) Images(ctx context.Context) iter.Seq2[Image, error] {
	return Each(ctx, len(f.manifest.Images), func(i int) Image {
		im := f.manifest.Images[i]
		return Image{ID: im.ID, Name: im.Name, Labels: im.Labels, Class: im.Class, Read: func(ctx context.Context) ([]byte, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return os.ReadFile(f.path(im.Name))
		}}
	})
}

func (f *files) Texts(ctx context.Context) iter.Seq2[Text, error] {
	return Each(ctx, len(f.manifest.Texts), func(i int) Text { return f.manifest.Texts[i] })
}

func (f *files) Close() error { return f.source.Close() }
