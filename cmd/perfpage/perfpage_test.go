package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
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
	all, err := chosen("all")
	require.NoError(t, err)
	assert.Len(t, all, len(sections()))
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

// TestSuitesAreValid: the current program can read the suites.
func TestSuitesAreValid(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testenv.Root(t), "testdata", "bench", "*.yaml"))
	require.NoError(t, err)
	assert.NotEmpty(t, files)
	for _, f := range files {
		_, err := suite.Load(f)
		assert.NoError(t, err)
	}
}

func TestItemsShowTheParts(t *testing.T) {
	got, err := itemsOf(1000)("", nil, used{wall: 4 * time.Second, said: []byte("embedding items (1 variants): 10 of 20\nembedding items (1 variants): done in 2.1s\nscoring: done in 1m3s\n")})
	require.NoError(t, err)
	assert.Equal(t, "4.00 ms an item, embedding 2.1s, scoring 1m3s", got)
}

func TestTowersAloneShowTheirTimes(t *testing.T) {
	got, err := loadAndRun("", []byte("1.30 9.19 19.74\n"), used{})
	require.NoError(t, err)
	assert.Equal(t, "1.3 s to load, 9.2 s to run: 19.7 CPU s", got)
	_, err = loadAndRun("", []byte("1.30 s\n"), used{})
	assert.ErrorContains(t, err, "want the seconds")
}

func TestReuseShowsDifferences(t *testing.T) {
	base, peer := &walls{}, &walls{}
	shows, beside := base.more("that", nil), base.more("that", peer)
	for _, c := range []struct {
		base, wall    time.Duration
		peer          string
		want, besides string
	}{
		{3, 4, "1.5", "+1.0 s, +2.0 CPU s to that", "+1.0 s, +2.0 CPU s to that: -0.5 s (-0.5 to -0.5) to the peer's model"},
		{1, 4, "1", "+2.0 s, +4.0 CPU s to that", "+2.0 s, +4.0 CPU s to that: +0.8 s (-0.5 to +2.0) to the peer's model"},
		{2, 3, "1.1", "+1.0 s, +2.0 CPU s to that", "+1.0 s, +2.0 CPU s to that: -0.1 s (-0.5 to +2.0) to the peer's model"},
	} {
		_, err := base.note("", nil, used{wall: c.base * time.Second, cpu: 2 * c.base * time.Second})
		require.NoError(t, err)
		_, err = peer.printed("", []byte(c.peer+"\n"), used{})
		require.NoError(t, err)
		u := used{wall: c.wall * time.Second, cpu: 2 * c.wall * time.Second}
		got, err := shows("", nil, u)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
		got, err = beside("", nil, u)
		require.NoError(t, err)
		assert.Equal(t, c.besides, got)
	}
	_, err := peer.printed("", []byte("no time\n"), used{})
	assert.Error(t, err)
}

// TestNightlyShowsShares: a run's cost beside another run, and its speed beside that of a peer that repeats it.
func TestNightlyShowsShares(t *testing.T) {
	scores, all := &walls{}, &walls{}
	shows := scores.beside("that", all)
	_, err := scores.note("", nil, used{wall: 100 * time.Second, cpu: 190 * time.Second})
	require.NoError(t, err)
	got, err := shows("", nil, used{wall: 120 * time.Second, cpu: 209 * time.Second})
	require.NoError(t, err)
	assert.Equal(t, "+20.0 s, +19.0 CPU s (+10 %) to that", got)
	again := all.repeated()
	got, err = again("", []byte("90.000 4.000 5 800\n"), used{})
	require.NoError(t, err)
	assert.Equal(t, "90.0 s, 4.0 of it 5 loads, then 800 calls: the run has 0.750 of its speed (0.750 to 0.750)", got)
	_, err = again("", []byte("12.5\n"), used{})
	assert.ErrorContains(t, err, "12.5")
}

// TestRowsAreMeasuredInTurn: rows run in turn, each as often as it asks for.
func TestRowsAreMeasuredInTurn(t *testing.T) {
	work := t.TempDir()
	say := func(name string, times int) row {
		return row{name, times, "", "printf " + name + " >> log", func(string, []byte, used) (string, error) { return "of " + name, nil }}
	}
	got, err := measure(t.Context(), []row{say("a", 3), say("b", 0), say("c", 2)}, work, "")
	require.NoError(t, err)
	log, err := os.ReadFile(filepath.Join(work, "log"))
	require.NoError(t, err)
	assert.Equal(t, "abcaca", string(log))
	assert.Contains(t, got[0].line("a"), "(3: ")
	assert.Contains(t, got[1].line("b"), "of b")
}

func TestClassesShowFactors(t *testing.T) {
	var p perSet
	wide, narrow := p.of("avx512", "avx512"), p.of("avx2", "avx512")
	line := func(ms string) []byte {
		return []byte(`{"variant":"original_clip","phase":"preprocess","batch":1,"ms_median":` + ms + `,"n":3}` + "\n")
	}
	for range 2 {
		got, err := wide("", line("0.5"), used{})
		require.NoError(t, err)
		assert.Equal(t, "preprocess original_clip 0.5 ms", got)
		got, err = narrow("", line("1.25"), used{})
		require.NoError(t, err)
		assert.Equal(t, "preprocess original_clip 1.25 ms (2.50)", got)
	}
	_, err := wide("", []byte("no rows\n"), used{})
	assert.ErrorContains(t, err, "no rows")
}
