package encoders

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders/modeldir"
)

// TowersOf finds a variant's files in the layouts that people have.
func (m *Model) TowersOf(spec Spec) (modeldir.Files, error) {
	f, err := modeldir.Towers(m.fsys, spec.Image, spec.Text, spec.Precision)
	if err != nil {
		return f, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return f, nil
}

// Towers are the files of a folder's towers, in whatever layout it has; text is "" of an image tower alone.
func (m *Model) Towers(precision string) (image, text string, err error) {
	f, err := m.TowersOf(Spec{Image: modeldir.DefaultImage, Text: modeldir.DefaultText, Precision: precision})
	return f.Image, f.Text, err
}

// Size is the bytes of a file and those of its external data, which exporters name after it; 0 where there
// is none.
func (m *Model) Size(file string) (n int64) {
	m, file = m.at(file)
	entries, err := fs.ReadDir(m.fsys, path.Dir(file))
	if err != nil {
		return 0
	}
	for _, e := range entries {
		if e.Name() != path.Base(file) && !strings.HasPrefix(e.Name(), path.Base(file)+".") && !strings.HasPrefix(e.Name(), path.Base(file)+"_") {
			continue
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// OnDisk is a folder that has the files, and what removes it again: a built-in model is none.
func (m *Model) OnDisk(files []string) (string, func(), error) {
	if m.dir != "" {
		return m.dir, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "fastclip-model-")
	if err != nil {
		return "", nil, err
	}
	done := func() { _ = os.RemoveAll(dir) } // what is left in the temporary folder harms nobody
	for _, f := range files {
		data, _, err := m.Read(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, f), data, 0o600)
		}
		if err != nil {
			done()
			return "", nil, err
		}
	}
	return dir, done, nil
}
