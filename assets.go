// Package fastclip holds what the fastclip binary carries: the default model and the art
// of the default dataset.
package fastclip

import (
	"embed"
	"io/fs"
)

//go:embed testdata/models/*/*.onnx testdata/models/*/*.safetensors testdata/models/*/*.json testdata/art
var assets embed.FS

// Models are the built-in models, a folder each.
func Models() (fs.FS, error) { return fs.Sub(assets, "testdata/models") }

// Art is the cut-outs of the generated scenes.
func Art() (fs.FS, error) { return fs.Sub(assets, "testdata/art") }
