// Package modeldir reads what the files of a model folder say about the model: how texts become ids, how
// pictures are prepared, how long a row of ids is. It uses everything that it finds, or rejects it by
// name. A model with inputs other than in training gives numbers that look like any others.
package modeldir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// Folder is what is known about a model without its graphs.
type Folder struct {
	Words    Words
	WordsErr error // why its texts cannot become ids; its pictures can still be embedded
	// Pictures is how pictures are prepared. It is nil when no file says so, or when PicturesErr gives the
	// reason.
	Pictures    *pipelines.Config
	PicturesErr error
	From        string   // the file that describes it
	Claims      []Claim  // what the graphs should be
	Pooling     string   // for a text tower with one vector per token: "mean", "cls" and so on
	Head        Head     // what follows a tower
	Faults      []string // contradictions between files, and files that are not read under their names
	NotUsed     []string // settings that have no effect on embeddings, each with the reason
}

// towerConfig is the configuration of a tower, with its file.
type towerConfig struct {
	config
	file string
}

type reader struct {
	fsys         fs.FS
	tree         *tree
	used         map[string]bool // files that were read and used
	layers       map[string]bool // those of them that describe modules other than towers
	all          []string        // places of both towers
	out          Folder
	image, text  towerConfig
	openCLIP     openCLIP
	openCLIPFile string
}

// Files that describe a model.
const (
	configName   = "config.json"
	openCLIPName = "open_clip_config.json"
	hfName       = "preprocessor_config.json"
	hfAllName    = "processor_config.json"
	immichName   = "preprocess_cfg.json"
)

// Read reads a folder. The towers are the named files. They may be the same file, and one may be "".
func Read(fsys fs.FS, image, text string) (*Folder, error) {
	r := &reader{fsys: fsys, used: map[string]bool{}, layers: map[string]bool{}}
	textPlaces, imagePlaces := places(text), places(image)
	r.all = slices.Concat(textPlaces, imagePlaces)
	var err error
	if r.tree, err = look(fsys); err != nil {
		return nil, err
	}
	if err := r.modules(r.all); err != nil {
		return nil, err
	}
	if err := r.configs(imagePlaces, textPlaces); err != nil {
		return nil, err
	}
	r.contexts()
	if text != "" {
		if err := r.sentence(); err != nil {
			return nil, err
		}
		if err := r.words(textPlaces); err != nil {
			r.out.Words.Vocab, r.out.Words.Library, r.out.WordsErr = nil, nil, fmt.Errorf("its tokenizer: %w", err)
		}
	}
	if image != "" {
		if err := r.pictures(imagePlaces); err != nil {
			return nil, err
		}
	}
	r.claims(image != "", text != "")
	return &r.out, r.rest(image != "", text != "")
}

// places are the folders for a tower's files: its own folder, and those above it.
func places(file string) []string {
	dir := path.Dir(path.Clean(file))
	if file == "" || strings.HasPrefix(dir, "..") {
		dir = "."
	}
	out := []string{dir}
	for dir != "." {
		dir = path.Dir(dir)
		out = append(out, dir)
	}
	return out
}

// where is the first of the places that has one of the names. If none has, it is the only folder below
// that does.
func (r *reader) where(places, names []string) (string, bool, error) {
	for _, dir := range places {
		for _, name := range names {
			if slices.Contains(r.tree.files, path.Join(dir, name)) {
				return dir, true, nil
			}
		}
	}
	var found, others []string
	for _, name := range names {
		own, foreign := r.tree.named(name, r.all)
		others = append(others, foreign...)
		for _, p := range own {
			if !r.layers[p] && !slices.Contains(found, path.Dir(p)) {
				found = append(found, path.Dir(p))
			}
		}
	}
	slices.Sort(found)
	switch {
	case len(found) > 1:
		return "", false, fmt.Errorf("several folders have such files (%s), and none of them is a folder of the towers: keep one", strings.Join(found, " and "))
	case len(found) == 1:
		return found[0], true, nil
	case len(others) > 0:
		return "", false, fmt.Errorf("%s belongs to another model's towers, and these towers have none beside them: put this model's own there", others[0])
	}
	return "", false, nil
}

// find is where a file name is found.
func (r *reader) find(places []string, name string) (file string, ok bool, err error) {
	dir, ok, err := r.where(places, []string{name})
	return path.Join(dir, name), ok, err
}

// read reads a JSON file from the first place that has it. A file that only another model has is a fault.
func (r *reader) read(name string, places []string, to any) (file string, err error) {
	file, ok, err := r.find(places, name)
	if err != nil {
		r.fault("%s: %v", name, err)
	}
	if !ok || err != nil {
		return "", nil
	}
	r.used[file] = true
	data, err := fs.ReadFile(r.fsys, file)
	if err == nil {
		err = object(data, to)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return file, nil
}

// object reads a JSON object. Go reads null as an empty one.
func object(data []byte, to any) error {
	if string(bytes.TrimSpace(data)) == "null" {
		return errors.New("a JSON null: want an object")
	}
	if IsPointer(data) {
		return ErrPointer
	}
	return pyjson.Unmarshal(data, to)
}

// ErrPointer is the error for a file of Git LFS that was not fetched.
var ErrPointer = errors.New("it is a pointer of Git LFS, and not the file itself: fetch it with git lfs pull")

// IsPointer tells whether a file only says where Git LFS has the real one.
func IsPointer(data []byte) bool {
	return bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/"))
}

func parse(have map[string][]byte, name string, to any) error {
	if have[name] == nil {
		return nil
	}
	if err := object(have[name], to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func sub(fsys fs.FS, dir string) fs.FS {
	out, err := fs.Sub(fsys, dir)
	if err != nil {
		return fsys // only an invalid name fails, and dir was found in fsys
	}
	return out
}

// limit records that a row has at most n ids. The smallest limit of all files applies.
func (r *reader) limit(n int) {
	if w := &r.out.Words; w.Context == 0 || n < w.Context {
		w.Context = n
	}
}
