package baseline_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/baseline"
)

func run(t *testing.T, dir, id string) string {
	t.Helper()
	f, err := store.Create(dir)
	require.NoError(t, err)
	require.NoError(t, f.Save(&store.Results{Variants: []store.Variant{{Variant: "v", Status: store.StatusOK}}, Run: store.Run{RunID: id}}))
	require.NoError(t, f.WriteEmbeddings("onnx/mini", "d", "image", []store.Embedding{{ID: "i", Embedding: []float32{1}}}))
	require.NoError(t, f.Finish(id))
	return dir
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestSetAndResolve(t *testing.T) {
	root := t.TempDir()
	pin, dir := filepath.Join(root, "baseline.yaml"), run(t, filepath.Join(root, "results", "a"), "a")
	_, err := baseline.Resolve(pin, "")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = baseline.Set(pin, dir, " ", now, false)
	require.ErrorContains(t, err, "--why")
	p, err := baseline.Set(pin, dir, "first: \"one\"\n- two #3", now, false)
	require.NoError(t, err)
	assert.Equal(t, "results/a", p.Run)
	got, err := baseline.Resolve(pin, "")
	require.NoError(t, err)
	assert.Equal(t, dir, got)

	_, err = baseline.Set(pin, run(t, filepath.Join(root, "b"), "b"), "second", now.Add(time.Hour), false)
	require.NoError(t, err)
	again, err := baseline.Read(pin)
	require.NoError(t, err)
	assert.Equal(t, "b", again.RunID)
	require.Len(t, again.Earlier, 1)
	assert.Equal(t, baseline.Move{RunID: "a", SHA256: p.SHA256, Why: "first: \"one\"\n- two #3", When: "2026-01-02T03:04:05Z"}, again.Earlier[0])

	moved := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, os.Rename(root, moved))
	_, err = baseline.Resolve(filepath.Join(moved, "baseline.yaml"), "")
	assert.NoError(t, err, "the pin goes with its runs")
}

func TestTampering(t *testing.T) {
	for name, tamper := range map[string]func(dir string) error{
		"a table":          func(dir string) error { return appendTo(filepath.Join(dir, "scores.parquet")) },
		"an embedding":     func(dir string) error { return appendTo(filepath.Join(dir, "embeddings/onnx/mini/d.image.parquet")) },
		"a file more":      func(dir string) error { return appendTo(filepath.Join(dir, "embeddings/more.parquet")) },
		"a file less":      func(dir string) error { return os.Remove(filepath.Join(dir, "drift.parquet")) },
		"the marker":       func(dir string) error { return appendTo(filepath.Join(dir, "complete.json")) },
		"no marker":        func(dir string) error { return os.Remove(filepath.Join(dir, "complete.json")) },
		"no run":           os.RemoveAll,
		"the pin's run":    func(dir string) error { return os.Rename(dir, dir+"x") },
		"the pin":          func(dir string) error { return os.WriteFile(dir+".yaml", []byte("run: a\n"), 0o600) },
		"a pin of rubbish": func(dir string) error { return os.WriteFile(dir+".yaml", []byte("{{{"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := run(t, filepath.Join(t.TempDir(), "a"), "a")
			_, err := baseline.Set(dir+".yaml", dir, "because", now, false)
			require.NoError(t, err)
			require.NoError(t, tamper(dir))
			_, err = baseline.Resolve(dir+".yaml", "")
			assert.ErrorIs(t, err, baseline.ErrPin)
		})
	}
}

// TestAnotherRunsName: a pin whose run_id is another's is no pin, whatever the hash says.
func TestAnotherRunsName(t *testing.T) {
	dir := run(t, filepath.Join(t.TempDir(), "a"), "a")
	_, err := baseline.Set(dir+".yaml", dir, "because", now, false)
	require.NoError(t, err)
	data, err := os.ReadFile(dir + ".yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir+".yaml", []byte(strings.Replace(string(data), `run_id: "a"`, `run_id: "b"`, 1)), 0o600))
	_, err = baseline.Resolve(dir+".yaml", "")
	require.ErrorIs(t, err, baseline.ErrPin)
	assert.ErrorContains(t, err, "names run b, but")
}

// TestDamagedRunIsNotPinned: what would be refused as BASE cannot become it.
func TestDamagedRunIsNotPinned(t *testing.T) {
	dir := run(t, filepath.Join(t.TempDir(), "a"), "a")
	path := filepath.Join(dir, "scores.parquet")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[len(data)/2] ^= 4
	require.NoError(t, os.WriteFile(path, data, 0o600))
	_, err = baseline.Set(dir+".yaml", dir, "because", now, false)
	require.ErrorContains(t, err, "is not what the finished run wrote")
}

// TestBaselineOfAClass: runs on a class of processors that has a baseline of its own are judged by it.
func TestBaselineOfAClass(t *testing.T) {
	root := t.TempDir()
	pin := filepath.Join(root, "baseline.yaml")
	on := func(id, class string) string {
		f, err := store.Create(filepath.Join(root, id))
		require.NoError(t, err)
		require.NoError(t, f.Save(&store.Results{Variants: []store.Variant{{Variant: "v", Status: store.StatusOK}}, Run: store.Run{RunID: id, CPUClass: &class}}))
		require.NoError(t, f.Finish(id))
		return f.Dir()
	}
	_, err := baseline.Set(pin, on("a", "amd64-avx2"), "too early", now, true)
	require.ErrorContains(t, err, "set one without --for-class first")
	_, err = baseline.Set(pin, on("all", "amd64-avx512-vnni"), "for all", now, false)
	require.NoError(t, err)
	_, err = baseline.Set(pin, run(t, filepath.Join(root, "old"), "old"), "no class", now, true)
	require.ErrorContains(t, err, "has no cpu_class")
	for _, id := range []string{"b", "c"} {
		_, err = baseline.Set(pin, on(id, "amd64-avx2"), "of "+id, now, true)
		require.NoError(t, err)
	}
	for class, want := range map[string]string{"amd64-avx2": "c", "amd64-avx512-vnni": "all", "": "all", "arm64": "all"} {
		dir, err := baseline.Resolve(pin, class)
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(root, want), dir, class)
	}
	_, err = baseline.Set(pin, on("next", "amd64-avx512-vnni"), "moved", now, false)
	require.NoError(t, err)
	p, err := baseline.Read(pin)
	require.NoError(t, err)
	assert.Equal(t, "next", p.RunID)
	assert.Equal(t, "all", p.Earlier[0].RunID)
	assert.Equal(t, "c", p.Of("amd64-avx2").RunID, "the class keeps its own")
	assert.Equal(t, "b", p.Of("amd64-avx2").Earlier[0].RunID)
	// One that is not as it was pinned is no baseline of the class, and none of another stands in.
	require.NoError(t, appendTo(filepath.Join(root, "c", "scores.parquet")))
	_, err = baseline.Resolve(pin, "amd64-avx2")
	require.ErrorIs(t, err, baseline.ErrPin)
	_, err = baseline.Resolve(pin, "amd64-avx512-vnni")
	require.NoError(t, err)
}

func appendTo(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(" ")
	return err
}

// TestHashIsSHA256Sums: anybody can recompute it, with the line of docs/gate.md.
func TestHashIsSHA256Sums(t *testing.T) {
	dir := run(t, filepath.Join(t.TempDir(), "a"), "a")
	require.NoError(t, appendTo(filepath.Join(dir, "plan.json")))
	p, err := baseline.Set(dir+".yaml", dir, "because", now, false)
	require.NoError(t, err)
	cmd := exec.Command("sh", "-c", `find * -name '*.parquet' -o -name complete.json | LC_ALL=C sort | xargs sha256sum`)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("no sha256sum: %v", err)
	}
	sum := sha256.Sum256(out)
	assert.Equal(t, hex.EncodeToString(sum[:]), p.SHA256)
}

// TestNothingWorked: a night on which no variant worked is no baseline.
func TestNothingWorked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f, err := store.Create(dir)
	require.NoError(t, err)
	require.NoError(t, f.Save(&store.Results{Run: store.Run{RunID: "r"}, Variants: []store.Variant{{Variant: "v", Status: store.StatusUnavailable}}}))
	require.NoError(t, f.Finish("r"))
	_, err = baseline.Set(filepath.Join(t.TempDir(), "baseline.yaml"), dir, "why", time.Now(), false)
	require.ErrorContains(t, err, "no variant of "+dir+" worked")
}

// TestWrongScoresAreNotPinned: what the gate could not judge by is no baseline.
func TestWrongScoresAreNotPinned(t *testing.T) {
	f, err := store.Create(t.TempDir())
	require.NoError(t, err)
	score := store.Score{Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1", Value: 0.5, NQueries: 1}
	query := store.Query{Dataset: "d", Variant: "v", Direction: "t2i", QueryID: "q", Metric: "R@1", Value: 1}
	require.NoError(t, f.Save(&store.Results{Run: store.Run{RunID: "r"}, Variants: []store.Variant{{Variant: "v", Status: store.StatusOK}}, Scores: []store.Score{score}, Queries: []store.Query{query}}))
	require.NoError(t, f.Finish("r"))
	_, err = baseline.Set(filepath.Join(t.TempDir(), "baseline.yaml"), f.Dir(), "why", time.Now(), false)
	assert.ErrorContains(t, err, "scores.parquet says 0.5 from 1 queries, but queries.parquet gives 1 from 1")
}
