package onnx

import (
	"fmt"
	"github.com/fastclip/fastclip/encoders"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
)

func (e *encoder) ImageTower(px encoders.Pixels) (blocks.Tower, error) {
	tensors, err := e.image.imageTensors(px)
	return e.image.inside(e.lib, tensors, err)
}

func (e *encoder) TextTower(tk encoders.Tokens) (blocks.Tower, error) {
	if e.text == nil {
		return blocks.Tower{}, encoders.ErrNoText
	}
	tk, err := tk.Fit(e.text.length)
	if err != nil {
		return blocks.Tower{}, err
	}
	tensors, err := e.text.textTensors(tk)
	return e.text.inside(e.lib, tensors, err)
}

// inside is the tower with its inputs, unless making them failed.
func (t *tower) inside(lib *ort.Library, tensors []ort.Tensor, err error) (blocks.Tower, error) {
	own := *t
	if err != nil {
		return blocks.Tower{}, err
	}
	if t.model.Path != "" {
		own.folder = filepath.Dir(t.model.Path)
		if own.model.Data, err = os.ReadFile(t.model.Path); err != nil {
			return blocks.Tower{}, fmt.Errorf("read onnx model: %w", err)
		}
	}
	out := blocks.Tower{Data: own.model.Data, Folder: own.folder, Output: t.output.Name, Fixed: t.fixed, Inputs: map[string]ort.Tensor{}, Options: own.options(), Library: lib}
	for i, tensor := range tensors {
		out.Inputs[t.inputs[i].Name] = tensor
	}
	return out, nil
}
