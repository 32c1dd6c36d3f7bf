package datasets

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// walk gives the pictures of a label in order until use says stop.
func (f *folder) walk(l labelFolder, use func(name string) bool) error {
	return fs.WalkDir(f.root.FS(), l.dir, func(name string, e fs.DirEntry, err error) error {
		switch hidden := strings.HasPrefix(e.Name(), "."); {
		case err != nil:
			return err
		case hidden && e.IsDir():
			return fs.SkipDir
		case hidden || e.IsDir() || !slices.Contains(pictures, strings.ToLower(path.Ext(name))):
			return nil
		case !use(name):
			return fs.SkipAll
		}
		return nil
	})
}

// sum is the hash of a picture's bytes, or of nothing for one that cannot be read: Read says
// why.
func (f *folder) sum(name string) []byte {
	file, err := f.root.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return nil
	}
	return h.Sum(nil)
}

func (f *folder) Info() Info { return f.info }

func (f *folder) Images(ctx context.Context) iter.Seq2[Image, error] {
	return func(yield func(Image, error) bool) {
		for _, l := range f.labels {
			stopped := false
			err := f.walk(l, func(name string) bool {
				im, err := f.image(name, l.labels), ctx.Err()
				if err != nil {
					im = Image{}
				}
				stopped = !yield(im, err) || err != nil
				return !stopped
			})
			if stopped || err != nil && !yield(Image{Name: l.dir}, fmt.Errorf("dataset folder %s: %w", f.dir, err)) {
				return
			}
		}
	}
}

func (f *folder) image(name string, labels []string) Image {
	return Image{ID: name, Name: name, Labels: labels, Read: func(ctx context.Context) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := f.root.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("dataset folder %s: %w", f.dir, err)
		}
		return data, nil
	}}
}

func (f *folder) Texts(ctx context.Context) iter.Seq2[Text, error] {
	return each(ctx, len(f.texts), func(i int) Text { return f.texts[i] })
}

func (f *folder) Close() error { return f.root.Close() }
