package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// marker is the file that is written last. A folder without it is an interrupted run.
const marker = "complete.json"

// ErrIncomplete is the error for a folder without a finished run.
var ErrIncomplete = errors.New("the run is not finished")

// Folder is the folder of one run's results.
type Folder struct {
	dir   string
	done  completion // of a finished run
	whole bool       // every file was found unchanged
}

// Create prepares a folder for results and makes its parents. It may hold files of an interrupted run. A finished
// run is refused, so that nothing finished is overwritten.
func Create(dir string) (*Folder, error) {
	if IsComplete(dir) {
		return nil, fmt.Errorf("folder %s holds a finished run: name another folder", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return &Folder{dir: dir}, nil
}

// Open is the folder of a finished run. If the run was interrupted, the error is ErrIncomplete.
func Open(dir string) (*Folder, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file: name the run's folder", dir)
	}
	if !IsComplete(dir) {
		return nil, fmt.Errorf("%s has no %s: %w: run the command that began it again", dir, marker, ErrIncomplete)
	}
	done, err := readCompletion(filepath.Join(dir, marker))
	if err != nil {
		return nil, err
	}
	return &Folder{dir: dir, done: done}, nil
}

// IsComplete tells whether dir holds a finished run.
func IsComplete(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, marker))
	return err == nil && info.Mode().IsRegular()
}

// Dir is the folder's path.
func (f *Folder) Dir() string { return f.dir }

// Path is the path of a file of the run, whose name has slashes.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// EmbeddingsPath is the file of a variant's embeddings of a dataset's images or texts. modality is image, text, or
// prompt (for the classes of zero-shot classification). A slash in the variant's name makes nested folders. Names
// that would leave the run's folder, or that some file system might refuse, are errors.
func (f *Folder) EmbeddingsPath(variant, dataset, modality string) (string, error) {
	if modality != "image" && modality != "text" && modality != "prompt" {
		return "", fmt.Errorf("embeddings: modality %q: want image, text or prompt", modality)
	}
	parts := strings.Split(variant, "/")
	if slices.ContainsFunc(parts, unsafePart) {
		return "", fmt.Errorf("embeddings: variant %q cannot name a folder: leave out empty parts, leading dots and backslashes", variant)
	}
	if unsafePart(dataset) || strings.Contains(dataset, "/") {
		return "", fmt.Errorf("embeddings: dataset %q cannot name a file: leave out slashes, leading dots and backslashes", dataset)
	}
	return f.Path("embeddings/" + variant + "/" + dataset + "." + modality + ".parquet"), nil
}

// unsafePart tells whether one part of a name is unfit for a file: empty, hidden, "..", too long, or with
// a character that some system reads as a separator. A colon is a separator only on Windows, where IsLocal
// rejects it.
func unsafePart(s string) bool {
	return s == "" || len(s) > 200 || strings.HasPrefix(s, ".") || strings.ContainsAny(s, "\\\x00") || !filepath.IsLocal(s)
}

// WriteEmbeddings stores a variant's embeddings of a dataset.
func (f *Folder) WriteEmbeddings(variant, dataset, modality string, rows []Embedding) error {
	path, err := f.EmbeddingsPath(variant, dataset, modality)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("embeddings: %w", err)
	}
	return Write(path, rows)
}

// ReadEmbeddings reads what WriteEmbeddings stored.
func (f *Folder) ReadEmbeddings(variant, dataset, modality string) ([]Embedding, error) {
	path, err := f.EmbeddingsPath(variant, dataset, modality)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(f.dir, path)
	if err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	if err := f.checkHash(filepath.ToSlash(name)); err != nil {
		return nil, err
	}
	return Read[Embedding](path)
}
