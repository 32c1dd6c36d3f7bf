package encoders

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/internal/suggest"
)

// Model is a folder of model files, built in or on disk.
type Model struct {
	Name string
	fsys fs.FS
	dir  string // folder on disk, or ""
	// pinned is the reference by which the model was found, with its revision pinned; "" for a folder.
	pinned string
}

// OpenModel finds a model: the name of a folder in builtin, or a path on disk.
func OpenModel(name string, builtin fs.FS) (*Model, error) { return openModelIn("", name, builtin) }

// openModelIn is OpenModel with paths relative to dir.
func openModelIn(dir, name string, builtin fs.FS) (*Model, error) {
	if builtin != nil && fs.ValidPath(name) {
		if sub, err := fs.Sub(builtin, name); err == nil {
			if info, err := fs.Stat(builtin, name); err == nil && info.IsDir() {
				return &Model{Name: name, fsys: sub}, nil
			}
		}
	}
	path := Env{Dir: dir}.Path(name)
	if isFolder(path) {
		return &Model{Name: filepath.Base(path), fsys: os.DirFS(path), dir: path}, nil
	}
	if here, err := filepath.Rel(dir, name); path != name && err == nil && isFolder(name) {
		return nil, fmt.Errorf("model %q is not a folder in %s: paths in a suite are relative to the suite's folder, and there the one in the current folder is %s", name, dir, here)
	}
	names, _ := BuiltinNames(builtin) // the names are only a hint, so none is fine
	return nil, fmt.Errorf("model %q is neither built in (%s) nor a folder: give the path of a folder with image.onnx and text.onnx%s",
		name, strings.Join(names, ", "), suggest.Hint(name, names))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// BuiltinNames are the names of the models in builtin, which has one folder per model. A nil builtin has
// none.
func BuiltinNames(builtin fs.FS) ([]string, error) {
	if builtin == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(builtin, ".")
	if err != nil {
		return nil, fmt.Errorf("built-in models: %w", err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// Files are the names of the files in the folder, sorted, without subfolders.
func (m *Model) Files() ([]string, error) {
	entries, err := fs.ReadDir(m.fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Read returns a file of the model and the sha256 of its bytes, in hex.
func (m *Model) Read(file string) ([]byte, string, error) {
	m, file = m.at(file)
	data, err := fs.ReadFile(m.fsys, file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("model %s has no file %s", m.Name, file)
	}
	if err != nil {
		return nil, "", fmt.Errorf("model %s: %w", m.Name, err)
	}
	if modeldir.IsPointer(data) {
		return nil, "", fmt.Errorf("model %s, %s: %w", m.Name, file, modeldir.ErrPointer)
	}
	return data, Sum256(data), nil
}

// Has tells whether the file exists.
func (m *Model) Has(file string) bool {
	m, file = m.at(file)
	_, err := fs.Stat(m.fsys, file)
	return err == nil
}

// Sum is the sha256 of a file, in hex. It does not keep the bytes.
func (m *Model) Sum(file string) (string, error) {
	m, file = m.at(file)
	f, err := m.fsys.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("model %s has no file %s", m.Name, file)
	}
	if err != nil {
		return "", fmt.Errorf("model %s: %w", m.Name, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("model %s: %w", m.Name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Dir is the model's folder on disk, or "" for one that is built in.
func (m *Model) Dir() string { return m.dir }

// Pinned is the reference by which the model was found, with its revision pinned. It is "" for a folder.
func (m *Model) Pinned() string { return m.pinned }

// RandomSeed is the seed of weights that were never trained, from card.json (models export). It is nil for
// all other models.
func (m *Model) RandomSeed() *int64 {
	data, err := fs.ReadFile(m.fsys, "card.json")
	if err != nil {
		return nil // most models have none
	}
	var card struct {
		Source struct {
			Seed *int64 `json:"seed"`
		} `json:"source"`
	}
	if json.Unmarshal(data, &card) != nil {
		return nil // models check says what is wrong with it
	}
	return card.Source.Seed
}

// at finds the folder and the name of a file. A file outside of m, such as ../other/text.onnx, is in
// another folder. All others are in m, under their own names.
func (m *Model) at(file string) (*Model, string) {
	if m.dir == "" || file == "" || filepath.IsLocal(filepath.FromSlash(file)) {
		return m, file
	}
	name := filepath.FromSlash(file)
	if !filepath.IsAbs(name) {
		name = filepath.Join(m.dir, name)
	}
	dir := filepath.Dir(name)
	return &Model{Name: m.Name, fsys: os.DirFS(dir), dir: dir, pinned: m.pinned}, filepath.Base(name)
}

// Sum256 is the sha256 of data, in hex.
func Sum256(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
