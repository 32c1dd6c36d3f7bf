package modeldir

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// layout is how an exporter names two towers, or a file with both.
type layout struct{ name, image, text string }

// layouts are the known layouts, in search order. The names are without ".onnx".
func layouts() []layout {
	return []layout{
		{"two towers", "image", "text"},
		{"immich", "visual/model", "textual/model"},
		{"transformers.js", "onnx/vision_model", "onnx/text_model"},
		{"optimum", "vision_model", "text_model"},
		{"optimum", "vision_model/model", "text_model/model"},
		{"open_clip", "visual", "textual"},
		{"merged", "onnx/model", "onnx/model"},
		{"merged", "model", "model"},
	}
}

// suffixes are what exporters append to a tower's name for a precision. The first existing one counts.
func suffixes(precision string) []string {
	switch precision {
	case "", "fp32":
		return []string{""}
	case "int8":
		return []string{"_int8", "_quantized", ".int8"}
	}
	return []string{"_" + precision, "." + precision}
}

// Files are the towers of a folder, and their layout.
type Files struct{ Image, Text, Layout string }

// Defaults for variants that name no files.
const (
	DefaultImage = "image.onnx"
	DefaultText  = "text.onnx"
)

// Towers finds a folder's towers. It takes the named files. If the defaults do not exist, it takes those
// of a known layout in the precision. Text is "" for an image tower alone.
func Towers(fsys fs.FS, image, text, precision string) (Files, error) {
	has := func(file string) bool {
		info, err := fs.Stat(fsys, file)
		return err == nil && !info.IsDir()
	}
	named := func(file, other string) bool { return file != other }
	switch {
	case has(image) && has(text): // whatever precision the variant claims
		return Files{image, text, "two towers"}, nil
	case named(image, DefaultImage) && named(text, DefaultText), has(image) && named(text, DefaultText), has(text) && named(image, DefaultImage):
		return Files{image, text, "named"}, nil // reading them reports what is missing
	case named(image, DefaultImage) && !has(text) && has(image):
		return Files{image, "", "image tower alone"}, nil
	}
	var near []string
	for _, l := range layouts() {
		for _, s := range suffixes(precision) {
			f := Files{l.image + s + ".onnx", l.text + s + ".onnx", l.name}
			if has(f.Image) && has(f.Text) {
				return f, nil
			}
		}
		near = append(near, beside(fsys, l.image)...)
		near = append(near, beside(fsys, l.text)...)
	}
	for _, l := range layouts() {
		if l.image != l.text && has(l.image+".onnx") && len(beside(fsys, l.text)) == 0 {
			return Files{l.image + ".onnx", "", "image tower alone"}, nil
		}
	}
	if len(near) > 0 {
		slices.Sort(near)
		return Files{}, fmt.Errorf("no towers of precision %s, but %s: say the precision, or name files with image and text", precision, strings.Join(slices.Compact(near), ", "))
	}
	if has(image) || named(image, DefaultImage) || named(text, DefaultText) {
		return Files{image, text, "named"}, nil // reading them reports what is missing
	}
	return Files{}, elsewhere(fsys)
}

// elsewhere is the error for a folder whose towers are under other names, or that has none.
func elsewhere(fsys fs.FS) error {
	t, err := look(fsys)
	if err != nil {
		return err
	}
	var found []string
	for _, p := range t.files {
		if strings.EqualFold(path.Ext(p), ".onnx") {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("it has no file %s, nor any other ONNX file", DefaultImage)
	}
	const most = 6
	list := strings.Join(found[:min(len(found), most)], ", ")
	if len(found) > most {
		list += " and more"
	}
	return fmt.Errorf("it has no file %s and none of the layouts that fastclip knows, but %s: name the towers with image and text, or the folder that has them with model", DefaultImage, list)
}

// beside are the ONNX files whose names begin like a tower's.
func beside(fsys fs.FS, stem string) []string {
	entries, err := fs.ReadDir(fsys, path.Dir(stem))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".onnx")
		if rest, is := strings.CutPrefix(name, path.Base(stem)); ok && is && !e.IsDir() && (rest == "" || rest[0] == '_' || rest[0] == '.') {
			out = append(out, path.Join(path.Dir(stem), e.Name()))
		}
	}
	return out
}
