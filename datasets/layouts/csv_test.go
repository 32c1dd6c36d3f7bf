package layouts

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/pyjson"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readCSV returns all records, and the lines of the refused ones.
func readCSV(t *testing.T, text string, comma byte) (rows [][]string, refused []int) {
	in := newCSVReader(strings.NewReader(text), comma)
	for last := 0; ; {
		cells, line, err := in.read()
		var wrong *csvError
		switch {
		case errors.Is(err, io.EOF):
			return rows, refused
		case errors.As(err, &wrong):
			refused = append(refused, wrong.line)
		default:
			require.NoError(t, err)
			rows = append(rows, cells)
		}
		assert.GreaterOrEqual(t, line, last)
		last = line
	}
}

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		rows    [][]string
		refused []int
	}{
		"plain":                 {"a,b\r\nc,d", [][]string{{"a", "b"}, {"c", "d"}}, nil},
		"quotes":                {"\"a, \"\"x\"\"\",\"b\nc\"\n", [][]string{{"a, \"x\"", "b\nc"}}, nil},
		"a word in quotes":      {"1,\"hot\" dog\n2,a \"hot\" dog\n", [][]string{{"1", "hot dog"}, {"2", "a \"hot\" dog"}}, nil},
		"space before a quote":  {"1, \"a\"\n", [][]string{{"1", " \"a\""}}, nil},
		"empty lines and cells": {"\n\n,\r\n\r\na", [][]string{{"", ""}, {"a"}}, nil},
		"ends of lines":         {"a\rb\r\n\"c\r\nd\"\n", [][]string{{"a"}, {"b"}, {"c\r\nd"}}, nil},
		"an unclosed quote":     {"a,1\nb,\"2\nc,3\nd,4\n", [][]string{{"a", "1"}, {"c", "3"}, {"d", "4"}}, []int{2}},
		"unclosed at the end":   {"a,1\r\n\"b", [][]string{{"a", "1"}}, []int{2}},
		"unclosed past the limit": {"\"b\nc,3\n" + strings.Repeat("x", datasets.MaxLine) + "\nd\n",
			[][]string{{"c", "3"}, {"d"}}, []int{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, refused := readCSV(t, c.text, ',')
			assert.Equal(t, c.rows, rows)
			assert.Equal(t, c.refused, refused)
		})
	}
}

// TestCSVIsPythons: Python's csv reads the same rows from generated texts. They are compared up to a quote that is never closed, where Python takes the rest
// of the file for one cell.
func TestCSVIsPythons(t *testing.T) {
	uv := testenv.UV(t)
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "b", "é", "\"", "\"", "\"\"", ",", ",", "\t", ";", " ", "\n", "\r\n", "\r", "\x00"}
	var inputs [][2]string
	for range 4000 {
		var text strings.Builder
		for range r.IntN(14) {
			text.WriteString(pieces[r.IntN(len(pieces))])
		}
		inputs = append(inputs, [2]string{text.String(), []string{",", "\t", ";"}[r.IntN(3)]})
	}
	in, err := json.Marshal(inputs)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "csv_rows.py"))
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	require.NoError(t, err)
	var want [][][]string
	require.NoError(t, json.Unmarshal(out, &want))
	whole := 0
	for i, input := range inputs {
		rows, refused := readCSV(t, input[0], input[1][0])
		if len(refused) > 0 {
			continue
		}
		whole++
		require.Len(t, rows, len(want[i]), "%q", input)
		for j := range rows {
			require.Equal(t, want[i][j], rows[j], "%q", input)
		}
	}
	assert.Greater(t, whole, 2000)
}

func FuzzCSV(f *testing.F) {
	f.Add("a,\"b\" c\n\"d\n")
	f.Add("\"\"\"\r\r\n,")
	f.Fuzz(func(t *testing.T, text string) {
		rows, _ := readCSV(t, text, ',')
		for _, cells := range rows {
			assert.NotEmpty(t, cells)
		}
	})
}

func TestPythonJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": NaN, "b": [Infinity, -Infinity, -1]}`: `{"a": null, "b": [null, null, -1]}`,
		`{"NaN": "NaN \" Infinity", "x\\": NaN}`:     `{"NaN": "NaN \" Infinity", "x\\": null}`,
		"[\"caf\xe9\", NaN]":                         "[\"caf\ufdd0\", null]",
		"":                                           "", "[1": "[1",
	} {
		assert.Equal(t, want, string(pyjson.Text([]byte(text))))
		out, err := io.ReadAll(pyjson.NewReader(iotest(text)))
		require.NoError(t, err)
		assert.Equal(t, want, string(out))
	}
	long := `["` + strings.Repeat("é", 70_000) + `", NaN]`
	assert.Equal(t, strings.Replace(long, "NaN", "null", 1), string(pyjson.Text([]byte(long))))
	for n, want := range map[string]string{"3.0": "3", "3": "3", "3.5": "3.5", "1e3": "1000", "12345678901234567890": "12345678901234567890", "x": "x"} {
		assert.Equal(t, want, pyjson.WholeNumber(json.Number(n)))
	}
}

// iotest returns one byte per read.
func iotest(text string) io.Reader {
	var all []io.Reader
	for i := range len(text) {
		all = append(all, strings.NewReader(text[i:i+1]))
	}
	return io.MultiReader(all...)
}

// FuzzJSONWalk: what encoding/json accepts, pyjson reads with the same result, and every walk ends.
func FuzzJSONWalk(f *testing.F) {
	f.Add(`{"images": [{"id": 1.0}, NaN], "x": {"y": [[], -Infinity]}}`)
	f.Add("{\"images\": [\"\\\"NaN\xe9\"]}")
	f.Fuzz(func(t *testing.T, text string) {
		if json.Valid([]byte(text)) {
			var a, b any
			require.NoError(t, json.Unmarshal([]byte(text), &a))
			require.NoError(t, json.Unmarshal(pyjson.Text([]byte(text)), &b))
			if !bytes.Contains([]byte(text), []byte("\xff")) && strings.ToValidUTF8(text, "") == text {
				assert.Equal(t, a, b)
			}
		}
		_ = walkJSON(strings.NewReader(text), map[string]func(decode func(v any) error) error{"images": func(decode func(v any) error) error {
			_, _, err := entry[karpathyImage](decode)
			return err
		}})
	})
}
