package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

// TestLintConcurrently: pictures are read and decoded in parallel, but findings are listed in order.
func TestLintConcurrently(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	for _, label := range []string{"blue", "red"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, label), 0o755))
		for i := range 20 {
			im := image.NewGray(image.Rect(0, 0, 40, 30))
			im.SetGray(i, len(label), color.Gray{uint8(200 + i)})
			f, err := os.Create(filepath.Join(dir, label, strconv.Itoa(i)+".png"))
			require.NoError(t, err)
			require.NoError(t, png.Encode(f, im))
			require.NoError(t, f.Close())
		}
	}
	code, _, stderr := fastclipRun("datasets", "lint", dir)
	assert.Equal(t, cli.ExitDone, code, stderr)
	first, err := os.ReadFile(filepath.Join(dir, "blue", "3.png"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "red", "19.png"), first, 0o644))
	code, stdout, stderr := fastclipRun("datasets", "lint", dir)
	assert.NotEqual(t, cli.ExitDone, code)
	assert.Regexp(t, `(?s)the same picture.*red/19\.png.*blue/3\.png|blue/3\.png.*red/19\.png`, stdout+stderr)
}
