package modelscmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/npy"
)

func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writeSamples writes the preprocessed pictures and the ids of the texts as .npy files.
func (f DeriveFlags) writeSamples(ctx context.Context, model, to string) error {
	side, err := imageSide(model)
	if err != nil {
		return err
	}
	pictures := f.pictures
	if pictures == "" {
		pictures = filepath.Join(to, "pictures")
		if err := writeScenes(ctx, pictures, 8); err != nil {
			return err
		}
	}
	var maker pipelines.Maker
	defer maker.Close()
	pipe, err := maker.Lookup("original_clip", pipelines.Options{Size: side})
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(pictures)
	if err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	var pixels []float32
	n := 0
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(pictures, entry.Name()))
		if err != nil {
			return err
		}
		one := make([]float32, pipe.Len())
		if err := pipe.Run(data, one, nil); err != nil {
			return fmt.Errorf("picture %s: %w", entry.Name(), err)
		}
		pixels, n = append(pixels, one...), n+1
	}
	if n == 0 {
		return fmt.Errorf("pictures: %s contains none", pictures)
	}
	if err := cli.ReplaceFile(filepath.Join(to, "pixel_values.npy"), npy.Floats(pixels, n, 3, side, side)); err != nil {
		return err
	}
	texts := sampleTexts()
	if f.texts != "" {
		data, err := os.ReadFile(f.texts)
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		texts = strings.Split(strings.TrimSpace(string(data)), "\n")
	}
	tok, err := tokenize.New("openai")
	if err != nil {
		return err
	}
	const context = 77
	return cli.ReplaceFile(filepath.Join(to, "input_ids.npy"), npy.Ints(tok.EncodeAll(texts, context), len(texts), context))
}

// imageSide is the side of the pictures that a folder's image.onnx takes.
func imageSide(dir string) (int, error) {
	path := filepath.Join(dir, "image.onnx")
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("%w: want a folder with image.onnx and text.onnx", err)
	}
	m, err := onnxfile.Parse(data)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	if len(m.Inputs) != 1 || len(m.Inputs[0].Dims) != 4 || m.Inputs[0].Dims[3].Dynamic() {
		return 0, fmt.Errorf("%s: its inputs are %v: want one input [N,3,S,S] with a fixed S", path, m.Inputs)
	}
	return int(m.Inputs[0].Dims[3].Size), nil
}
