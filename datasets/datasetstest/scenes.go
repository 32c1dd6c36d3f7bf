package datasetstest

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/scenes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// Scenes draws pictures with the cut-outs in this repository.
func Scenes(t testing.TB, spec scenes.Spec) datasets.Dataset {
	t.Helper()
	ds, err := scenes.Open(os.DirFS(filepath.Join(testenv.Root(t), "testdata", "art", "noto")), spec)
	require.NoError(t, err)
	return ds
}

// TinyPNG is a picture of 2 by 2 pixels.
func TinyPNG(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 2, 2))))
	return out.Bytes()
}
