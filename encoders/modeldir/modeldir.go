// Package modeldir reads what the files of a model's folder say of it: how its texts become ids, how
// its pictures are prepared, how long a row of ids is. What it finds it uses or refuses, by name: a
// model that is fed otherwise than it was trained gives numbers that look like any others.
package modeldir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/pipelines"
)

// Folder is what is known of a model without its graphs.
type Folder struct {
	Words    Words
	WordsErr error // why its texts cannot be made ids: its pictures still can be embedded
	// Pictures is how they are prepared; nil where no file says it, or where PicturesErr says why not.
	Pictures    *pipelines.Config
	PicturesErr error
	From        string            // the file that says it
	Activation  map[string]string // "gelu" or "quickgelu" that the files claim: by tower, "image" and "text"
	Claims      string            // the file that claims them
	Pooling     string            // of a text tower that gives a vector a token: "mean", "cls" and so on
	Faults      []string          // what two files say otherwise of one thing
}

type reader struct {
	fsys         fs.FS
	out          Folder
	config       config
	configFile   string
	openCLIP     openCLIP
	openCLIPFile string
}

// The files that say what a model is.
const (
	configName   = "config.json"
	openCLIPName = "open_clip_config.json"
	hfName       = "preprocessor_config.json"
	hfAllName    = "processor_config.json"
	immichName   = "preprocess_cfg.json"
)

// Read reads a folder whose towers are the named files; they may be the same, and one may be "".
func Read(fsys fs.FS, image, text string) (*Folder, error) {
	r := &reader{fsys: fsys}
	textPlaces, imagePlaces := places(text), places(image)
	all := slices.Concat(textPlaces, imagePlaces)
	if err := r.json(&r.configFile, configName, all, &r.config); err != nil {
		return nil, err
	}
	if err := r.json(&r.openCLIPFile, openCLIPName, all, &r.openCLIP); err != nil {
		return nil, err
	}
	if r.openCLIPFile == "" && r.config.VisionCfg != nil && r.config.EmbedDim > 0 { // immich keeps open_clip's model_cfg as config.json
		if err := r.immich(); err != nil {
			return nil, err
		}
	}
	r.contexts()
	if text != "" {
		if err := r.words(textPlaces); err != nil {
			r.out.Words.Vocab, r.out.Words.Library, r.out.WordsErr = nil, nil, fmt.Errorf("its tokenizer: %w", err)
		}
	}
	if image != "" {
		if err := r.pictures(imagePlaces); err != nil {
			return nil, err
		}
	}
	r.activations()
	return &r.out, r.pooling(all)
}

// places are the folders in which a tower's files lie: its own, and those above it.
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

// where is the first of the places that has one of the names; if none has, the only folder below that does.
func (r *reader) where(places, names []string) (string, bool, error) {
	for _, dir := range places {
		for _, name := range names {
			if _, err := fs.Stat(r.fsys, path.Join(dir, name)); err == nil {
				return dir, true, nil
			} else if !errors.Is(err, fs.ErrNotExist) {
				return "", false, err
			}
		}
	}
	var found []string
	err := fs.WalkDir(r.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.Count(p, "/") >= maxDepth, d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != ".":
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(names, d.Name()) && !slices.Contains(found, path.Dir(p)):
			found = append(found, path.Dir(p))
		}
		return nil
	})
	switch {
	case err != nil || len(found) == 0:
		return "", false, err
	case len(found) > 1:
		return "", false, fmt.Errorf("files that say it lie in %s, and none in the towers' own folders: leave one", strings.Join(found, " and "))
	}
	return found[0], true, nil
}

// maxDepth is how deep below a model's folder files are looked for.
const maxDepth = 4

// json reads a file from the first place that has it.
func (r *reader) json(file *string, name string, places []string, to any) error {
	dir, ok, err := r.where(places, []string{name})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !ok {
		return nil
	}
	*file = path.Join(dir, name)
	data, err := fs.ReadFile(r.fsys, *file)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", *file, err)
	}
	return nil
}

func parse(have map[string][]byte, name string, to any) error {
	if have[name] == nil {
		return nil
	}
	if err := json.Unmarshal(have[name], to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func sub(fsys fs.FS, dir string) fs.FS {
	out, err := fs.Sub(fsys, dir)
	if err != nil {
		return fsys // only an invalid name, and dir was found in it
	}
	return out
}

// limit says that a row has at most n ids; the least that any file says holds.
func (r *reader) limit(n int) {
	if w := &r.out.Words; w.Context == 0 || n < w.Context {
		w.Context = n
	}
}
