package store

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flip changes one bit of a file, in the middle or at a given position.
func flip(t *testing.T, path string, at int64, bit uint) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[at] ^= 1 << bit
	require.NoError(t, os.WriteFile(path, data, 0o644))
}

// TestFlippedBit: a changed bit in any file of a finished run is noticed by every reader.
func TestFlippedBit(t *testing.T) {
	whole := save(t, sample())
	opened, err := Open(whole.Dir())
	require.NoError(t, err)
	require.NoError(t, opened.Verify())
	files := 0
	require.NoError(t, filepath.WalkDir(whole.Dir(), func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		if entry.IsDir() || filepath.Ext(path) != ".parquet" {
			return nil
		}
		files++
		name, err := filepath.Rel(whole.Dir(), path)
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		for _, at := range []int64{0, info.Size() / 3, info.Size() / 2, info.Size() - 1} {
			f := save(t, sample())
			flip(t, f.Path(name), at, uint(at%8))
			opened, err := Open(f.Dir())
			require.NoError(t, err)
			require.ErrorContains(t, opened.Verify(), "is not what the finished run wrote", name)
			if filepath.Dir(name) == "." {
				_, err = LoadRun(f.Dir())
			} else {
				_, err = opened.ReadEmbeddings("onnx/mini", "single", "image")
			}
			require.ErrorContains(t, err, "is not what the finished run wrote", name)
		}
		return nil
	}))
	assert.Equal(t, len(tables)+1, files)
}

// TestOtherRunsTable: a table of another run is refused, even with its own size and hash.
func TestOtherRunsTable(t *testing.T) {
	f := save(t, sample())
	require.NoError(t, os.Remove(f.Path(marker)))
	require.NoError(t, f.Finish("another"))
	_, err := LoadRun(f.Dir(), TableRun)
	require.ErrorContains(t, err, "belongs to run r1, but complete.json to another")
}

// TestRunWithoutHashes: runs of older programs can still be read.
func TestRunWithoutHashes(t *testing.T) {
	f := save(t, sample())
	data, err := os.ReadFile(f.Path(marker))
	require.NoError(t, err)
	var c completion
	require.NoError(t, json.Unmarshal(data, &c))
	c.SHA256 = nil
	rows, err := Read[Run](f.Path("run.parquet"))
	require.NoError(t, err)
	require.NoError(t, writeAtomic(f.Path("run.parquet"), func(w io.Writer) error { // as older programs did
		pw := parquet.NewGenericWriter[Run](w, parquet.KeyValueMetadata(versionKey, "1"))
		if _, err := pw.Write(rows); err != nil {
			return err
		}
		return pw.Close()
	}))
	info, err := os.Stat(f.Path("run.parquet"))
	require.NoError(t, err)
	c.Bytes["run.parquet"] = info.Size()
	data, err = json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(f.Path(marker), data, 0o644))
	opened, err := Open(f.Dir())
	require.NoError(t, err)
	assert.False(t, opened.Hashed())
	require.NoError(t, opened.Verify())
	_, err = opened.ReadEmbeddings("onnx/mini", "single", "image")
	require.NoError(t, err)
}

// TestOlderDatasets: a run from before datasets had accounts can be read; it has none.
func TestOlderDatasets(t *testing.T) {
	type older struct {
		RunID   string `parquet:"run_id,dict"`
		Dataset string `parquet:"dataset,dict"`
		Arity   string `parquet:"arity,dict"`
		Licence string `parquet:"licence,dict"`
		SHA256  string `parquet:"sha256"`
		Images  int64  `parquet:"images"`
		Texts   int64  `parquet:"texts"`
		Skipped int64  `parquet:"skipped"`
	}
	path := filepath.Join(t.TempDir(), "datasets.parquet")
	require.NoError(t, Write(path, []older{{RunID: "r", Dataset: "d", Arity: "single", SHA256: "s", Images: 3, Texts: 4, Skipped: 1}}))
	got, err := Read[Dataset](path)
	require.NoError(t, err)
	assert.Equal(t, []Dataset{{RunID: "r", Dataset: "d", Arity: "single", SHA256: "s", Images: 3, Texts: 4, Skipped: 1}}, got)
}

// TestWrongScores: a score must agree with its queries, in number and mean.
func TestWrongScores(t *testing.T) {
	run := func() *Results {
		return &Results{
			Scores: []Score{
				{Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1", Value: 0.5, NQueries: 2},
				{Dataset: "d", Variant: "v", Direction: "i2t", Metric: "R@1", NQueries: 0},
			},
			Queries: []Query{{Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1", Value: 1}, {Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1"}},
		}
	}
	require.NoError(t, run().CheckScores())
	for name, damage := range map[string]func(*Results){
		"the value":         func(r *Results) { r.Scores[0].Value = 0.51 },
		"the number":        func(r *Results) { r.Scores[0].NQueries = 3 },
		"no number":         func(r *Results) { r.Scores[0].NQueries = 0 },
		"a query's value":   func(r *Results) { r.Queries[1].Value = 1e-6 },
		"a query is gone":   func(r *Results) { r.Queries = r.Queries[:1] },
		"all are gone":      func(r *Results) { r.Queries = nil },
		"of another metric": func(r *Results) { r.Queries[0].Metric = "R@5" },
	} {
		r := run()
		damage(r)
		require.ErrorContains(t, r.CheckScores(), "v on d, t2i R@1: scores.parquet says", name)
	}
}

// TestMarkerWithoutHashes: removing the hashes from a run does not make it pass for a run of an older program.
func TestMarkerWithoutHashes(t *testing.T) {
	for name, change := range map[string]func(*completion){
		"no hashes":         func(c *completion) { c.SHA256 = nil },
		"empty":             func(c *completion) { c.SHA256 = map[string]string{} },
		"one is missing":    func(c *completion) { delete(c.SHA256, "scores.parquet") },
		"one is of nothing": func(c *completion) { c.SHA256["scores.parquet"] = "" },
	} {
		f := save(t, sample())
		done, err := readCompletion(f.Path(marker))
		require.NoError(t, err)
		change(&done)
		data, err := json.Marshal(done)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(f.Path(marker), data, 0o644))
		opened, err := Open(f.Dir())
		require.NoError(t, err)
		assert.Error(t, opened.Verify(), name)
		_, err = LoadRun(f.Dir())
		assert.Error(t, err, name)
	}
}

// TestFilesBesideTables: the plan and the suite are hashed too. A Parquet file that the run did not write is reported.
func TestFilesBesideTables(t *testing.T) {
	f := save(t, sample())
	require.NoError(t, os.WriteFile(f.Path("suite.yaml"), []byte("name: s"), 0o644))
	require.NoError(t, f.Finish(sample().Run.RunID))
	opened, err := Open(f.Dir())
	require.NoError(t, err)
	require.NoError(t, opened.Verify())
	require.NoError(t, os.WriteFile(f.Path("suite.yaml"), []byte("name: t"), 0o644))
	opened, err = Open(f.Dir())
	require.NoError(t, err)
	require.ErrorContains(t, opened.Verify(), "suite.yaml is not what the finished run wrote")
	require.NoError(t, os.WriteFile(f.Path("suite.yaml"), []byte("name: s"), 0o644))
	require.NoError(t, os.WriteFile(f.Path("mine.parquet"), []byte("x"), 0o644))
	require.ErrorContains(t, opened.Verify(), "mine.parquet is not a file of the finished run: move it out")
}

// TestTablesContradict: a run whose files are whole but was written wrong is an error that names the row.
func TestTablesContradict(t *testing.T) {
	for want, damage := range map[string]func(r *Results){
		`variants.parquet: row 3 stands there twice (fast/mini)`: func(r *Results) { r.Variants = append(r.Variants, r.Variants[1]) },
		`datasets.parquet: row 2 stands there twice`:             func(r *Results) { r.Datasets = append(r.Datasets, r.Datasets...) },
		`scores.parquet: row 3 stands there twice`:               func(r *Results) { r.Scores = append(r.Scores, r.Scores[0]) },
		`drift.parquet: row 3 stands there twice`:                func(r *Results) { r.Drift = append(r.Drift, r.Drift[0]) },
		`pooled.parquet: row 2 stands there twice`:               func(r *Results) { r.Pooled = append(r.Pooled, r.Pooled[0]) },
		`timings.parquet: row 2 stands there twice`:              func(r *Results) { r.Timings = append(r.Timings, r.Timings[0]); r.Timings[1].NS++ },
		`items.parquet: row 2 stands there twice`:                func(r *Results) { r.Items = []Item{{RunID: "r1", ID: "a"}, {RunID: "r1", ID: "a"}} },
		`queries.parquet: row 1 is of run "r2", and not of r1`:   func(r *Results) { r.Queries[0].RunID = "r2" },
		`scores.parquet: row 2 is of run "r3", and not of r1`:    func(r *Results) { r.Scores[1].RunID = "r3" },
		`has 2 references`:                     func(r *Results) { r.Variants[1].IsReference = true },
		`has schema version 2, which is newer`: func(r *Results) { r.Run.SchemaVersion = 2 },
	} {
		r := sample()
		damage(r)
		_, err := LoadRun(save(t, r).Dir())
		assert.ErrorContains(t, err, want)
	}
	r := sample()
	r.Scores[0].Value = 1.5
	assert.ErrorContains(t, r.WrongScores()[0].Err(), "a score is between 0 and 1")
}

func TestMarkerOfALaterProgram(t *testing.T) {
	dir := save(t, sample()).Dir()
	data, err := os.ReadFile(filepath.Join(dir, marker))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, marker), []byte(strings.Replace(string(data), `"schema_version": 1`, `"schema_version": 2`, 1)), 0o644))
	_, err = LoadRun(dir)
	assert.ErrorContains(t, err, "complete.json says schema version 2, and this program reads 1 to 1: update fastclip")
}
