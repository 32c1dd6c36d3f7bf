// Package adapters holds the Python scripts of encoders: servers of the Open Inference Protocol, one for
// each runtime, and the tools that make model files.
package adapters

import (
	"embed"

	"github.com/fastclip/fastclip/internal/python"
)

//go:embed *.py
var files embed.FS

// PillowScript decodes pictures for pipelines, in formats that are not decoded in Go.
const PillowScript = "pillow.py"

// Script is the script with the given file name, together with what scripts import from each other.
func Script(name string) python.Script {
	return python.Script{Files: files, Name: name, Modules: []string{"layers.py", "onnxserve.py", "serve.py", "towers.py"}}
}
