package modeldir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/pooling"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// Head is what sentence-transformers does after a tower: the layers that modules.json lists after a
// pooling.
type Head struct {
	Layers []pooling.Layer
	Both   bool   // also after the image tower, because its first module is a whole CLIP
	File   string // the file that asks for them
	Key    string // key of their files' content
	Err    error  // why they cannot be applied
}

// Asked tells whether there is anything to do.
func (h Head) Asked() bool { return len(h.Layers) > 0 || h.Err != nil }

// Dense tells whether a layer changes more than the length of vectors, or cannot be applied.
func (h Head) Dense() bool {
	return h.Err != nil || slices.ContainsFunc(h.Layers, func(l pooling.Layer) bool { return l.Weight != nil })
}

// module is an entry of modules.json.
type module struct {
	Path string `json:"path"`
	Type string `json:"type"`
}

const (
	modulesName = "modules.json"
	poolingDir  = "1_Pooling"
)

// modules reads sentence-transformers' list of the steps for a text or a picture.
func (r *reader) modules(places []string) error {
	file, ok, err := r.find(places, modulesName)
	if err != nil || !ok {
		return r.poolingIn(places, poolingDir)
	}
	r.used[file] = true
	data, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		return err
	}
	var all []module
	if err := pyjson.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	root, hash := path.Dir(file), sha256.New()
	h := &r.out.Head
	h.File = file
	if len(all) == 0 { // it says nothing
		return r.poolingIn(places, poolingDir)
	}
	for i, m := range all {
		dir := path.Join(root, m.Path)
		var layer pooling.Layer
		var err error
		switch kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]; kind {
		case "CLIPModel":
			h.Both = h.Both || i == 0
			continue
		case "Transformer":
			continue
		case "Pooling":
			if err := r.poolingIn([]string{root}, m.Path); err != nil {
				return err
			}
			continue
		case "Normalize":
		case "Dense":
			layer, err = r.dense(dir, hash)
		default:
			err = fmt.Errorf("%s: a module of type %s is not known", path.Join(dir), m.Type)
		}
		if err != nil && h.Err == nil {
			h.Err = fmt.Errorf("%s: %w", file, err)
		}
		fmt.Fprintf(hash, "%s %d ", m.Type, layer.Out)
		h.Layers = append(h.Layers, layer)
	}
	h.Key = hex.EncodeToString(hash.Sum(nil))[:16]
	return nil
}

// poolingIn reads the configuration of a pooling module.
func (r *reader) poolingIn(places []string, dir string) error {
	for _, at := range places {
		file := path.Join(at, dir, configName)
		data, err := fs.ReadFile(r.fsys, file)
		if err != nil {
			continue
		}
		r.used[file], r.layers[file] = true, true
		var modes map[string]any
		if err := pyjson.Unmarshal(data, &modes); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return r.poolingOf(file, modes)
	}
	return nil
}

// poolingOf is the one mode that is switched on. Older files have a key for each mode, and newer ones the
// name of the mode.
func (r *reader) poolingOf(file string, modes map[string]any) error {
	known := map[string]string{
		"pooling_mode_mean_tokens": pooling.Mean, "pooling_mode_cls_token": pooling.CLS, "pooling_mode_max_tokens": pooling.Max, "pooling_mode_lasttoken": pooling.Last,
		"mean": pooling.Mean, "cls": pooling.CLS, "max": pooling.Max, "lasttoken": pooling.Last,
	}
	for _, key := range slices.Sorted(maps.Keys(modes)) {
		mode := key
		switch v := modes[key].(type) {
		case bool:
			if !v || !strings.HasPrefix(key, "pooling_mode_") {
				continue
			}
		case string:
			if key != "pooling_mode" {
				continue
			}
			mode = v
		default:
			continue
		}
		name := known[mode]
		switch {
		case name == "":
			return fmt.Errorf("%s: the pooling %s is not known: want %s", file, strings.TrimPrefix(mode, "pooling_mode_"), strings.Join(pooling.Names()[:4], ", "))
		case r.out.Pooling != "" && r.out.Pooling != name:
			return fmt.Errorf("%s asks for two poolings at once, %s and %s", file, r.out.Pooling, name)
		}
		r.out.Pooling = name
	}
	return nil
}
