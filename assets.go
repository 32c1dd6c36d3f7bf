// Package fastclip embeds what the fastclip binary carries: the default model, and the art of the default dataset.
package fastclip

import (
	"embed"
	"io/fs"

	"github.com/fastclip/fastclip/internal/derived"
)

// The optimised graphs and model.safetensors, 23 MB, have the weights of image.onnx and text.onnx, so
// the program carries recipes for them (testdata/derived).
//
//go:embed testdata/models/*/image.onnx testdata/models/*/text.onnx testdata/models/*/*.fp16.onnx testdata/models/*/*.int8*.onnx
//go:embed testdata/models/*/*.json testdata/derived testdata/art
var assets embed.FS

// Models are the built-in models, one folder each.
func Models() (fs.FS, error) {
	files, err := fs.Sub(assets, "testdata/models")
	if err != nil {
		return nil, err
	}
	recipes, err := fs.Sub(assets, "testdata/derived")
	return derived.FS(files, recipes), err
}

// Art holds the cut-outs that generated scenes are made of.
func Art() (fs.FS, error) { return fs.Sub(assets, "testdata/art") }
