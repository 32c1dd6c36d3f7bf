package terminal_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/reportstest"
	"github.com/fastclip/fastclip/reports/terminal"
)

func screen(t *testing.T, res *store.Results, s terminal.Screen) []string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, terminal.Write(&b, res, s))
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// TestScreen: the verdict, a line for each variant with the worst first, and where the rest is.
func TestScreen(t *testing.T) {
	lines := screen(t, reportstest.Full(), terminal.Screen{Columns: 120, Full: "full report: here"})
	narrow := screen(t, reportstest.Full(), terminal.Screen{Columns: 40, Full: "full report: fastclip report results/a (--format html)"})
	assert.Equal(t, []string{"full report: fastclip report results/a", "(--format html)"}, narrow[len(narrow)-2:])
	text := strings.Join(lines, "\n")
	assert.Regexp(t, `^default: 5 variants on 3 datasets, 1500 pictures, 1m35s\n`, text)
	assert.Regexp(t, `\nreference +onnx/mini .*all others are compared with it\n`, text)
	assert.Regexp(t, `\nunavailable +fast/mini +- .*OpenCV is not built in`, text)
	assert.Equal(t, "full report: here", lines[len(lines)-1])
	for _, v := range []string{"onnx/mini", "int8/mini", "onnx-trim/mini", "opencv_based/mini", "fast/mini"} {
		assert.Equal(t, 1, count(lines, v), v)
	}
	assert.NotContains(t, text, "\x1b")
}

// TestScreenNamesSaturation: numbers that hold only on this kind of processor are said so on the screen.
func TestScreenNamesSaturation(t *testing.T) {
	res := reportstest.Full()
	by, plain, precise := 0.1, "{}", `{"session.x64quantprecision":"1"}`
	res.Variants[1].Saturation, res.Variants[1].Options = &by, &precise
	assert.NotContains(t, strings.Join(screen(t, res, terminal.Screen{}), "\n"), "saturate")
	res.Variants[1].Options = &plain
	assert.Contains(t, strings.Join(screen(t, res, terminal.Screen{}), "\n"), "8-bit sums of 1 variant saturate on this processor, ")
}

func count(lines []string, variant string) (n int) {
	for _, l := range lines[3:] {
		if f := strings.Fields(l); len(f) > 1 && f[1] == variant {
			n++
		}
	}
	return n
}

// TestScreenIsBounded: whatever ran, a screen is no longer and no wider; names are no escape codes.
func TestScreenIsBounded(t *testing.T) {
	res := reportstest.Full()
	for i := range 40 {
		res.Variants = append(res.Variants, store.Variant{Variant: fmt.Sprintf("v%d\x1b[31m\n%s", i, strings.Repeat("long", 30)), Status: "failed", Reason: strings.Repeat("why\n", 100)})
	}
	for _, columns := range []int{40, 80, 200} {
		lines := screen(t, res, terminal.Screen{Columns: columns, Full: strings.Repeat("here ", 99)})
		assert.LessOrEqual(t, len(lines), terminal.Lines)
		for _, l := range lines {
			assert.LessOrEqual(t, utf8.RuneCountInString(l), columns, l)
			assert.NotContains(t, l, "\x1b")
		}
		assert.Contains(t, strings.Join(lines, "\n"), "more: failed")
	}
	assert.Contains(t, strings.Join(screen(t, res, terminal.Screen{Colour: true}), "\n"), "\x1b[31mfailed")
}
