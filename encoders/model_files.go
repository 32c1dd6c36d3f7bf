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

// TowersOf finds a variant's files in the usual layouts of model folders.
func (m *Model) TowersOf(spec Spec) (modeldir.Files, error) {
	f, err := modeldir.Towers(m.fsys, spec.Image, spec.Text, spec.Precision)
	if err != nil {
		return f, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return f, nil
}

// Towers are the files of a folder's towers, in any of the usual layouts. text is "" for a folder with
// only an image tower.
func (m *Model) Towers(precision string) (image, text string, err error) {
	f, err := m.TowersOf(Spec{Image: modeldir.DefaultImage, Text: modeldir.DefaultText, Precision: precision})
	return f.Image, f.Text, err
}

// Size is the number of bytes of a file and its external data, whose names begin with the file's name. It
// is 0 without a file.
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

// OnDisk returns a folder with the files, and a function that removes it again. A model on disk is its own folder;
// a built-in one is copied.
func (m *Model) OnDisk(files []string) (string, func(), error) {
	if m.dir != "" {
		return m.dir, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "fastclip-model-")
	if err != nil {
		return "", nil, err
	}
	done := func() { _ = os.RemoveAll(dir) } // leftovers in the temporary folder do no harm
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
