package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/internal/testenv"
)

func TestPageKeepsWhatIsNotMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.md")
	made, err := readPage(path)
	require.NoError(t, err)
	made["reuse"], made["inference-mini"] = "## R\n\nold\n", "## I\n"
	require.NoError(t, writePage(path, made))
	again, err := readPage(path)
	require.NoError(t, err)
	assert.Equal(t, made, again)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Less(t, strings.Index(string(data), "## I"), strings.Index(string(data), "## R"), "in the order of the table")
}

func TestSections(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sections() {
		assert.Regexp(t, `^[a-z0-9-]+$`, s.id)
		assert.False(t, seen[s.id], s.id)
		seen[s.id] = true
		assert.NotEqual(t, s.command == "", len(s.rows) == 0, s.id)
		for _, need := range s.needs {
			assert.NotEmpty(t, prepared()[need], need)
		}
	}
	_, err := chosen("inference-mini,lunch")
	assert.ErrorContains(t, err, `"lunch"`)
	light, err := chosen("")
	require.NoError(t, err)
	for _, s := range light {
		assert.False(t, s.heavy)
	}
}

func TestMakeShowsTheOutput(t *testing.T) {
	s := section{id: "x", title: "T", command: "echo 42"}
	text, err := s.make(t.Context(), t.TempDir(), "", "abc")
	require.NoError(t, err)
	assert.Contains(t, text, "    echo 42\n\n```\n42\n```\n")
	assert.Contains(t, text, "commit abc")
	s = section{id: "x", title: "T", rows: []row{{"a", 3, "", "true", nil}, {"b", 0, "", "exit 3", nil}}}
	_, err = s.make(t.Context(), t.TempDir(), "", "abc")
	assert.ErrorContains(t, err, "exit status 3", "a command that fails makes no figure")
}

// The suites are read by the program as it is.
func TestSuitesAreValid(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Root(t), "testdata", "bench", "*.yaml"))
	require.NoError(t, err)
	assert.NotEmpty(t, files)
	for _, f := range files {
		_, err := eval.LoadSuite(f)
		assert.NoError(t, err)
	}
}

func TestItemsShowTheParts(t *testing.T) {
	got, err := itemsOf(1000)("", nil, used{wall: 4 * time.Second, said: []byte("embedding items (1 variants): 10 of 20\nembedding items (1 variants): done in 2.1s\nscoring: done in 1m3s\n")})
	require.NoError(t, err)
	assert.Equal(t, "4.00 ms an item, embedding 2.1s, scoring 1m3s", got)
}

func TestReuseShowsDifferences(t *testing.T) {
	base := &walls{}
	for _, s := range []time.Duration{3, 1, 2} {
		_, err := base.note("", nil, used{wall: s * time.Second, cpu: 2 * s * time.Second})
		require.NoError(t, err)
	}
	shows := base.more("that")
	for _, c := range []struct {
		wall time.Duration
		want string
	}{{4, "+2.0 s, +4.0 CPU s to that"}, {2, "+1.0 s, +2.0 CPU s to that"}, {1, "+0.0 s, +0.0 CPU s to that"}} {
		got, err := shows("", nil, used{wall: c.wall * time.Second, cpu: 2 * c.wall * time.Second})
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
}
