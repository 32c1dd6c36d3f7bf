package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

var runs = map[string]func() *store.Results{
	"full": reportstest.Full, "reference-failed": reportstest.ReferenceFailed, "no-arity": reportstest.NoArity, "hostile": reportstest.Hostile, "empty": reportstest.Empty,
}

func render(t *testing.T, format string, res *store.Results) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, format, res))
	return b.String()
}

// TestGolden: UPDATE_GOLDEN=1 rewrites the files, which are then to be read.
func TestGolden(t *testing.T) {
	for name, res := range runs {
		for _, format := range Formats() {
			t.Run(name+"."+format, func(t *testing.T) {
				got := render(t, format, res())
				if format == "html" {
					got = skeleton(got)
				}
				path := filepath.Join("testdata", name+"."+format)
				if os.Getenv("UPDATE_GOLDEN") != "" {
					require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
				}
				want, err := os.ReadFile(path)
				require.NoError(t, err, "UPDATE_GOLDEN=1 go test ./reports makes it")
				assert.Equal(t, string(want), got)
			})
		}
	}
}

var drawn = regexp.MustCompile(`(?s)(<style>|<script>|<svg[^>]*>).*?(</style>|</script>|</svg>)`)

// skeleton is a page without what the browser test looks at: style, script and drawings.
func skeleton(page string) string { return drawn.ReplaceAllString(page, "$1$2") }

func TestUnknownFormat(t *testing.T) {
	err := Write(&bytes.Buffer{}, "pdf", reportstest.Full())
	require.ErrorIs(t, err, formats.ErrUnknown)
	assert.ErrorContains(t, err, `"pdf": want one of md, csv, json, html`)
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteError(t *testing.T) {
	for _, format := range Formats() {
		require.ErrorIs(t, Write(brokenWriter{}, format, reportstest.Full()), errBroken, format)
	}
}

func TestPure(t *testing.T) {
	res := reportstest.Full()
	for _, format := range Formats() {
		first := render(t, format, res)
		for range 5 {
			require.Equal(t, first, render(t, format, res))
		}
	}
	assert.Equal(t, reportstest.Full(), res, "the results are left as they were")
}

func TestHostileNames(t *testing.T) {
	page := render(t, "html", reportstest.Hostile())
	assert.Equal(t, 1, strings.Count(page, "<script"), "its own")
	assert.Contains(t, page, "&lt;script&gt;")
	assert.NotContains(t, page, "http://", "the page loads nothing")
	assert.NotContains(t, page, "https://", "the page loads nothing")

	assert.NotContains(t, page, "\x1b")

	text := render(t, "md", reportstest.Hostile())
	assert.NotContains(t, text, "\x1b")
	assert.NotContains(t, strings.ReplaceAll(text, `\<`, ""), "<")
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "|") {
			assert.True(t, strings.HasSuffix(line, "|"), "a newline would cut the row: %s", line)
		}
	}
	columns := len(facts.Build(reportstest.Hostile()).Columns)
	for _, line := range tableOf(text, "## Scores") {
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") - 1
		assert.Equal(t, 1+columns+4, cells, line)
	}

	rows, err := csv.NewReader(strings.NewReader(render(t, "csv", reportstest.Hostile()))).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, reportstest.Hostile().Variants[1].Variant, rows[2][0])
	assert.True(t, json.Valid([]byte(render(t, "json", reportstest.Hostile()))))
}

// tableOf is the lines of the first table after a heading.
func tableOf(text, heading string) []string {
	var out []string
	_, rest, _ := strings.Cut(text, heading)
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "|") {
			out = append(out, line)
		} else if len(out) > 0 {
			break
		}
	}
	return out
}

func TestAligned(t *testing.T) {
	lines := tableOf(render(t, "md", reportstest.Full()), "## Scores")
	require.Len(t, lines, 2+5)
	for _, line := range lines[:6] { // the last is of the variant without numbers
		assert.Len(t, []rune(line), len([]rune(lines[0])), line)
	}
	assert.Contains(t, lines[6], "unavailable: OpenCV is not built in")
}
