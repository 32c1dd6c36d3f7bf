package pipelines

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestFormatsThroughPillow: pictures in formats that the helper decodes equal Pillow's, whether EXIF turns them or not. What Pillow refuses is refused, and
// the error names the format.
func TestFormatsThroughPillow(t *testing.T) {
	uv, maker, dir := testenv.UV(t), newMaker(t), t.TempDir()
	out, err := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "pillow_formats.py"), "--out", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, python.RunTool(t.Context(), adapters.Script(adapters.PillowScript), io.Discard, io.Discard, "--help"))
	f, err := os.Open(filepath.Join(dir, "expected.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	pipe, taken, modes := lookup(t, maker, "original_clip"), map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var want struct {
			mutated
			Exif string
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &want))
		data, err := os.ReadFile(filepath.Join(dir, want.Name))
		require.NoError(t, err)
		p, err := pipe.Decoder.Decode(data)
		switch {
		case want.Refused != "":
			assert.Error(t, err, "%s: Pillow refuses it: %s", want.Name, want.Refused)
			continue
		case want.Mode == "LAB":
			assert.ErrorContains(t, err, "TIFF: ValueError: Pillow decodes it to mode LAB, which fastclip does not resize")
			continue
		}
		require.NoError(t, err, want.Name)
		want.equals(t, pipe, p, data)
		turned, err := decode.Oriented{Decoder: pipe.Decoder}.Decode(data)
		require.NoError(t, err, want.Name)
		assert.True(t, want.Exif == sum(turned.RGB().Pix), "%s: turned", want.Name)
		taken[decode.FormatOf(data)]++
		modes[want.Mode]++
	}
	for _, format := range []string{"AVIF", "TIFF", "JPEG 2000", "PPM", "ICO", "ICNS", "QOI", "DDS", "JPEG", "CUR or TGA", "PCX", "SGI", "FITS", "XBM", "MSP", "Sun raster", ""} {
		assert.Positive(t, taken[format], format)
	}
	for _, mode := range []string{"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I;16B", "I", "F"} {
		assert.Positive(t, modes[mode], mode)
	}
}

// TestFormatsWithoutPython: without uv, files of these formats are refused by name, and all others are read.
func TestFormatsWithoutPython(t *testing.T) {
	t.Setenv("FASTCLIP_UV", filepath.Join(t.TempDir(), "gone"))
	dec := lookup(t, newMaker(t), "original_clip").Decoder
	for name, data := range map[string]string{
		"AVIF": "\x00\x00\x00\x20ftypavif\x00\x00\x00\x00", "TIFF": "II*\x00\x08\x00\x00\x00", "JPEG 2000": "\x00\x00\x00\x0cjP  \r\n\x87\n", "PPM": "P6\n1 1 255\nabc", "ICO": "\x00\x00\x01\x00\x01\x00", "PCX": "\x0a\x05\x01\x08", "unknown file type": "\x00\x01\x01\x00\x00",
	} {
		_, err := dec.Decode([]byte(data))
		assert.NotErrorIs(t, err, machine.ErrUnavailable, "%s: it says nothing of the variant", name)
		assert.True(t, err != nil && strings.HasPrefix(err.Error(), name+": needs Pillow 13.0.0 in Python: "), "%s: %v", name, err)
	}
	_, err := dec.Decode(files(t, 8, 8)["png"])
	assert.NoError(t, err)
}
