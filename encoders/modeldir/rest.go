package modeldir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// rest checks the files that no step has used. Each file that describes the model must agree with what was
// used, or belong to another model. Otherwise it becomes a fault under its name.
func (r *reader) rest(image, text bool) error {
	for _, p := range r.tree.broken {
		if known(path.Base(p)) {
			r.fault("%s is a link that leads nowhere", p)
		}
	}
	for _, p := range r.tree.files {
		name := path.Base(p)
		if r.used[p] || r.tree.foreign(p, r.all) {
			continue
		}
		var err error
		switch {
		case name == configName || name == openCLIPName:
			err = r.otherConfig(p, name)
		case slices.Contains(pictureFiles(), name):
			err = r.otherPictures(p, name, image)
		case isTokenizers(name):
			err = r.otherWords(p, text)
		case pictureLike.MatchString(strings.ToLower(name)):
			if strings.Contains(strings.ToLower(name), "video") {
				r.notUsed(p)
			} else if image {
				r.strayPictures(p)
			}
		case strings.EqualFold(path.Ext(name), ".json"):
			err = r.strayConfig(p, image)
		default:
			r.notUsed(p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func (r *reader) fault(format string, args ...any) {
	if f := fmt.Sprintf(format, args...); !slices.Contains(r.out.Faults, f) {
		r.out.Faults = append(r.out.Faults, f)
	}
}

// known tells whether a file of this name would be read or rejected.
func known(name string) bool {
	return name == configName || name == openCLIPName || slices.Contains(pictureFiles(), name) || isTokenizers(name) || pictureLike.MatchString(strings.ToLower(name))
}

// isTokenizers tells whether a name belongs to a tokenizer of any library.
func isTokenizers(name string) bool {
	name = strings.ToLower(name)
	return tokenizerLike.MatchString(name) && !slices.Contains(notTokenizers, path.Ext(name))
}

// same tells whether a file is a copy of a used file with the same name.
func (r *reader) same(p string) (bool, error) {
	data, err := fs.ReadFile(r.fsys, p)
	if err != nil {
		return false, err
	}
	for used := range r.used {
		if path.Base(used) != path.Base(p) {
			continue
		}
		if other, err := fs.ReadFile(r.fsys, used); err == nil && bytes.Equal(data, other) {
			return true, nil
		}
	}
	return false, nil
}

// otherConfig compares the parts of a configuration that are read with those of the used ones.
func (r *reader) otherConfig(p, name string) error {
	if same, err := r.same(p); same || err != nil {
		return err
	}
	var got, none any = new(config), new(config)
	used := []any{&r.image.config, &r.text.config}
	from := r.image.file
	if name == openCLIPName {
		got, none, used, from = new(openCLIP), new(openCLIP), []any{&r.openCLIP}, r.openCLIPFile
	}
	data, err := fs.ReadFile(r.fsys, p)
	if err != nil {
		return err
	}
	if err := pyjson.Unmarshal(data, got); err != nil {
		r.fault("%s cannot be read: %v", p, err)
		return nil
	}
	for _, u := range append(used, none) {
		if equal(u, got) {
			return nil
		}
	}
	r.fault("%s contradicts %s, which was used: keep only one", p, from)
	return nil
}

// equal compares only what was read, whatever else the files contain.
func equal(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func (r *reader) otherPictures(p, name string, image bool) error {
	if !image {
		return nil
	}
	c, err := r.pictureFile(p, name)
	switch {
	case err != nil:
		r.fault("%s cannot be used: %v", p, err)
	case c == nil || r.out.Pictures == nil:
	case r.out.Pictures.Differs(c) != "":
		r.fault("%s and %s do not agree: %s", r.out.From, p, r.out.Pictures.Differs(c))
	}
	return nil
}

// otherWords reports files of a tokenizer that was not used.
func (r *reader) otherWords(p string, text bool) error {
	if !text || r.out.WordsErr != nil {
		return nil
	}
	if same, err := r.same(p); same || err != nil {
		return err
	}
	w := r.out.Words.From
	if w == "" {
		w = "CLIP's own vocabulary"
	}
	r.fault("%s looks like a tokenizer's file, but %s was used: keep only one", p, w)
	return nil
}

// pictureLike matches names of files about preprocessing that nothing here reads.
var pictureLike = regexp.MustCompile(`^(.*[._-])?(pre_?process(or|ing)?|image_?processor|feature_?extractor|transforms?)([._-].*)?\.(json|yaml|yml|toml|txt|cfg|ini)$`)

// strayPictures rejects preprocessing under a name that nothing reads.
func (r *reader) strayPictures(p string) {
	if r.out.Pictures == nil && r.out.PicturesErr == nil {
		r.out.PicturesErr = fmt.Errorf("%s looks like the model's preprocessing, but fastclip reads no file of that name: want %s", p, strings.Join(pictureFiles(), ", "))
		return
	}
	r.fault("%s looks like the model's preprocessing, but fastclip reads no file of that name: %s was used", p, r.out.From)
}

// Keys that only a model's configuration has.
var (
	configKeys  = []string{"vision_cfg", "text_cfg", "vision_config", "text_config", "model_cfg", "hf_tokenizer_name", "context_length", "quick_gelu", "hidden_act", "max_position_embeddings", "peft_type"}
	pictureKeys = []string{"preprocess_cfg", "image_mean", "image_std", "do_center_crop", "crop_size", "do_resize", "resize_mode", "image_processor"}
)

// maxConfig is the largest size of a JSON file that is examined.
const maxConfig = 1 << 18

// strayConfig rejects a configuration under a name that nothing reads.
func (r *reader) strayConfig(p string, image bool) error {
	info, err := fs.Stat(r.fsys, p)
	if err != nil || path.Base(p) == "card.json" {
		return err
	}
	if info.Size() > maxConfig {
		r.notUsed(p)
		return nil
	}
	data, err := fs.ReadFile(r.fsys, p)
	if err != nil {
		return err
	}
	var keys map[string]json.RawMessage
	if pyjson.Unmarshal(data, &keys) != nil {
		r.notUsed(p) // no configuration after all
		return nil
	}
	for _, k := range pictureKeys {
		if keys[k] != nil && image {
			r.strayPictures(p)
			return nil
		}
	}
	for _, k := range configKeys {
		if keys[k] != nil {
			r.fault("%s gives %s of a model, but fastclip reads no file of that name: want %s or %s", p, k, configName, openCLIPName)
			return nil
		}
	}
	r.notUsed(p)
	return nil
}

// pictureFiles are the names of files that describe how pictures are prepared, in order of priority.
func pictureFiles() []string { return []string{hfAllName, hfName, openCLIPName, immichName} }

// pictureFile reads one of these files. It is nil when the file says nothing about pictures.
func (r *reader) pictureFile(file, name string) (*pipelines.Config, error) {
	data, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return nil, err
	}
	if nested, err := pipelines.Nested(data); name == hfAllName && err == nil && nested == nil {
		return nil, nil
	}
	if name == immichName {
		return pipelines.ParsePreprocessCfg(data)
	}
	return pipelines.ParseConfig(data)
}
