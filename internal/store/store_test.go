package store

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ptr[T any](v T) *T { return &v }

// sample has a value in every column, including awkward ones.
func sample() *Results {
	start := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	return &Results{
		Run: Run{
			RunID: "r1", StartedAt: start, FinishedAt: start.Add(90 * time.Second), ToolVersion: "v1", ToolCommit: "abc",
			SchemaVersion: SchemaVersion, Suite: "default", SuiteSHA256: "s", PlanSHA256: "p", Host: "h", OS: "linux",
			Arch: "amd64", CPUModel: "a CPU", Cores: 2, MemoryBytes: 1 << 40, Threads: 1, Status: StatusOK,
			After: []string{"r0"}, Skip: ptr("floor,timing"),
		},
		Datasets: []Dataset{{RunID: "r1", Dataset: "single", Arity: "single", Licence: "Apache-2.0", SHA256: "d", Images: 500, Texts: 40, Skipped: 1}},
		Variants: []Variant{
			{
				RunID: "r1", Variant: "onnx/mini", Faults: []string{"d: x", "y"}, IsReference: true, Status: StatusOK, Model: "mini", ModelSHA256: "m",
				ImageFile: "image.onnx", TextFile: "text.onnx", ImageSHA256: "i", TextSHA256: "t", Runtime: "onnxruntime",
				RuntimeVersion: "1.32.0", Provider: "cpu", Precision: "fp32", Preprocess: "original_clip", PreprocessKey: "k",
				Decoder: "pillow", Tokenizer: "openai", Dim: 128, Batch: 32, Threads: 1, Trim: true,
			},
			{RunID: "r1", Variant: "fast/mini", Faults: []string{"z"}, Status: "unavailable", Reason: "OpenCV isn't built in: ./task setup | 日本"},
		},
		Scores: []Score{
			{RunID: "r1", Dataset: "single", Arity: "single", Variant: "onnx/mini", Direction: "t2i", Metric: "R@1", Value: 0.5, CILow: 0.4, CIHigh: 0.6, TieLow: 0.5, TieHigh: 0.5, NQueries: 40},
			{RunID: "r1", Dataset: "single", Variant: "int8/mini", Value: 0.475, NQueries: 40, Delta: ptr(-0.025), DeltaLow: ptr(-0.075), DeltaHigh: ptr(0.0), PValue: ptr(0.3)},
		},
		Queries: []Query{
			{RunID: "r1", Dataset: "single", Variant: "onnx/mini", Direction: "t2i", QueryID: "q1", Metric: "R@1", Value: 1, Rank: 1, Margin: 0.03, MarginAtK: ptr(-0.1), Certain: ptr(true), NRelevant: 3, TopIDs: []string{"a", "", "c"}, TopHits: []bool{true, false, true}},
			{RunID: "r1", QueryID: "q2", Margin: math.Inf(-1), TopIDs: []string{}, TopHits: []bool{}},
		},
		Drift: []Drift{
			{RunID: "r1", Dataset: "single", Variant: "int8/mini", Reference: "onnx/mini", Modality: "image", Stage: "embedding", Stat: "mean_abs", Value: 9e-6, N: 64000},
			{RunID: "r1", Stage: "swap:geometry", Value: math.MaxFloat64, N: math.MaxInt64},
		},
		Timings:  []Timing{{RunID: "r1", Variant: "onnx/mini", Phase: "encode", Modality: "image", Batch: 32, Threads: 1, Rep: 3, Items: 32, NS: 123456789, Warm: true, ServerNS: ptr(int64(1234))}},
		Pooled:   []Pooled{{RunID: "r1", Variant: "int8", Direction: "t2i", Metric: "R@1", Datasets: 3, NQueries: 750, Value: 0.4, Delta: -0.01, DeltaLow: -0.02, DeltaHigh: 0, PValue: 0.07}},
		Failures: []Failure{{RunID: "r1", Dataset: "single", Item: "broken.png", Stage: "decode", Reason: "truncated"}},
	}
}

// save writes a finished run and returns its folder.
func save(t testing.TB, r *Results) *Folder {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "run"))
	require.NoError(t, err)
	require.NoError(t, f.Save(r))
	require.NoError(t, f.WriteEmbeddings("onnx/mini", "single", "image", sampleEmbeddings()))
	require.NoError(t, f.Finish(r.Run.RunID))
	return f
}

func sampleEmbeddings() []Embedding {
	rows := make([]Embedding, 5)
	for i := range rows {
		rows[i] = Embedding{ID: fmt.Sprintf("im%d", i), Embedding: make([]float32, 128)}
		for j := range rows[i].Embedding {
			rows[i].Embedding[j] = float32(math.Sin(float64(i*128 + j)))
		}
	}
	return rows
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	f := save(t, want)
	got, err := LoadRun(f.Dir())
	require.NoError(t, err)
	assert.Equal(t, want, got)

	emb, err := f.ReadEmbeddings("onnx/mini", "single", "image")
	require.NoError(t, err)
	assert.Equal(t, sampleEmbeddings(), emb)
}

func TestLoadRunOnly(t *testing.T) {
	f := save(t, sample())
	got, err := LoadRun(f.Dir(), TableVariants, TableFailures)
	require.NoError(t, err)
	assert.Equal(t, &Results{Variants: sample().Variants, Failures: sample().Failures}, got)
}

func TestRoundTripOfNothing(t *testing.T) {
	f := save(t, &Results{})
	got, err := LoadRun(f.Dir())
	require.NoError(t, err)
	assert.Empty(t, got.Variants)
	assert.Empty(t, got.Queries)
}

func TestNaNSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drift.parquet")
	require.NoError(t, Write(path, []Drift{{Value: math.NaN()}}))
	got, err := Read[Drift](path)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(got[0].Value))
}

func TestManyRowsConcurrently(t *testing.T) {
	rows := make([]Query, 5000)
	for i := range rows {
		rows[i] = Query{QueryID: fmt.Sprint(i), TopIDs: make([]string, i%4)}
		for j := range rows[i].TopIDs {
			rows[i].TopIDs[j] = fmt.Sprint(i, j)
		}
	}
	path := filepath.Join(t.TempDir(), "queries.parquet")
	require.NoError(t, Write(path, rows))
	got, err := Read[Query](path)
	require.NoError(t, err)
	assert.Equal(t, rows, got)
}

func TestEqualRowsGiveEqualBytes(t *testing.T) {
	a, b := save(t, sample()), save(t, sample())
	for _, table := range tables {
		x, err := os.ReadFile(a.Path(table.name.file()))
		require.NoError(t, err)
		y, err := os.ReadFile(b.Path(table.name.file()))
		require.NoError(t, err)
		assert.Equal(t, x, y, table.name)
	}
}

// TestContract: every file has the columns that DESIGN.md promises to outside readers.
func TestContract(t *testing.T) {
	for name, c := range map[string]struct {
		schema  *parquet.Schema
		columns string
	}{
		"run":        {parquet.SchemaOf(Run{}), "run_id, started_at, finished_at, tool_version, schema_version, suite, suite_sha256, host, os, arch, cpu_model, cores, memory_bytes"},
		"variants":   {parquet.SchemaOf(Variant{}), "run_id, variant, is_reference, status, reason, model, model_sha256, runtime, runtime_version, provider, precision, preprocess, decoder, tokenizer, dim"},
		"scores":     {parquet.SchemaOf(Score{}), "run_id, dataset, arity, variant, direction, metric, value, ci_low, ci_high, tie_low, tie_high, n_queries"},
		"queries":    {parquet.SchemaOf(Query{}), "run_id, dataset, variant, direction, query_id, metric, value, rank, margin, top_ids"},
		"drift":      {parquet.SchemaOf(Drift{}), "run_id, dataset, variant, reference, modality, stage, stat, value, n"},
		"timings":    {parquet.SchemaOf(Timing{}), "run_id, variant, phase, batch, rep, items, ns, warm"},
		"embeddings": {parquet.SchemaOf(Embedding{}), "id, embedding"},
	} {
		var have []string
		for _, field := range c.schema.Fields() {
			have = append(have, field.Name())
		}
		assert.Subset(t, have, strings.Split(c.columns, ", "), name)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, fill func(io.Writer) error) string {
		path := filepath.Join(dir, name)
		require.NoError(t, writeAtomic(path, fill))
		return path
	}
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	other := func(version string, row any) func(io.Writer) error {
		return func(w io.Writer) error {
			pw := parquet.NewWriter(w, parquet.SchemaOf(row), parquet.KeyValueMetadata(versionKey, version))
			if err := pw.Write(row); err != nil {
				return err
			}
			return pw.Close()
		}
	}
	type noValue struct {
		RunID string `parquet:"run_id"`
	}
	type textValue struct {
		Failure
		Reason float64 `parquet:"reason"`
	}
	for _, c := range []struct{ name, path, want string }{
		{"missing", filepath.Join(dir, "none"), "no such file"},
		{"empty", put("empty", text("")), "not a whole Parquet file"},
		{"text", put("text", text(strings.Repeat("hello ", 100))), "not a whole Parquet file"},
		{"foreign", put("foreign", func(w io.Writer) error { return parquet.Write(w, []Failure{{}}) }), "fastclip did not write this file"},
		{"newer", put("newer", other("99", &Failure{})), "update fastclip"},
		{"no number", put("nan", other("x", &Failure{})), "is not a number"},
		{"no column", put("column", other("1", &noValue{})), "no column dataset"},
		{"wrong type", put("type", other("1", &textValue{})), "column reason has type DOUBLE, want STRING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read[Failure](c.path)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, c.path)
			assert.ErrorContains(t, err, mend)
		})
	}
}

// TestOlderAndNewerFile: a column that was added later is null, and an unknown column is ignored. Both at once are an error, because a column was renamed.
func TestOlderAndNewerFile(t *testing.T) {
	type now struct {
		ID    string   `parquet:"id"`
		Later *float64 `parquet:"later"`
	}
	type newer struct {
		ID    string   `parquet:"id"`
		Later *float64 `parquet:"later"`
		Last  []string `parquet:"last,list,optional"`
	}
	type damaged struct {
		ID    string   `parquet:"id"`
		Later *float64 `parquet:"lbter"`
	}
	path := filepath.Join(t.TempDir(), "x.parquet")
	require.NoError(t, Write(path, []struct {
		ID string `parquet:"id"`
	}{{"a"}}))
	got, err := Read[now](path)
	require.NoError(t, err)
	assert.Equal(t, []now{{ID: "a"}}, got)
	require.NoError(t, Write(path, []newer{{ID: "a", Later: ptr(1.5), Last: []string{"x"}}}))
	got, err = Read[now](path)
	require.NoError(t, err)
	assert.Equal(t, []now{{ID: "a", Later: ptr(1.5)}}, got)
	require.NoError(t, Write(path, []damaged{{ID: "a", Later: ptr(1.5)}}))
	_, err = Read[now](path)
	require.ErrorContains(t, err, "it has a column lbter, but no column later")
}

func TestTruncatedAtEveryByte(t *testing.T) {
	path := filepath.Join(t.TempDir(), "q.parquet")
	require.NoError(t, Write(path, sample().Queries))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	for n := range data {
		_, err := decode[Query](bytes.NewReader(data[:n]), int64(n))
		require.Error(t, err, "cut to %d of %d bytes", n, len(data))
	}
}

// TestKilledWhileWriting kills a process that keeps rewriting one file. The final name always has a complete file, and Finish removes what was left beside
// it.
func TestKilledWhileWriting(t *testing.T) {
	const envDir = "FASTCLIP_TEST_STORE_DIR"
	if dir := os.Getenv(envDir); dir != "" {
		for i := 0; ; i++ {
			rows := make([]Failure, 3000)
			for j := range rows {
				rows[j].Reason = fmt.Sprint(i, j)
			}
			if err := Write(filepath.Join(dir, "failures.parquet"), rows); err != nil {
				os.Exit(1)
			}
		}
	}
	f, err := Create(t.TempDir())
	require.NoError(t, err)
	for i := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledWhileWriting$")
		cmd.Env = append(os.Environ(), envDir+"="+f.Dir())
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(100+7*i) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		assert.EqualError(t, cmd.Wait(), "signal: killed")
		if _, err := os.Stat(f.Path("failures.parquet")); err != nil {
			continue // killed before the first file was complete
		}
		rows, err := Read[Failure](f.Path("failures.parquet"))
		require.NoError(t, err)
		assert.Len(t, rows, 3000)
	}
	require.NoError(t, f.Finish("r"))
	left, err := filepath.Glob(filepath.Join(f.Dir(), ".*.tmp"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	for i, write := range []func(string) error{
		func(p string) error { return WriteQueries(p, slices.Values(sample().Queries)) },
		func(p string) error { return Write(p, sample().Scores) },
		func(p string) error { return Write(p, sampleEmbeddings()) },
	} {
		path := filepath.Join(dir, fmt.Sprint(i))
		require.NoError(f, write(path))
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		_, _ = decode[Query](r, r.Size()) // may fail, but must not panic
		_, _ = decode[Score](r, r.Size())
		_, _ = decode[Embedding](r, r.Size())
	})
}

// TestWriteQueriesConcurrently: rows that are produced while they are written are read back unchanged, also over several row groups.
func TestWriteQueriesConcurrently(t *testing.T) {
	made := func(from, to int64) iter.Seq[Query] {
		return func(yield func(Query) bool) {
			for i := from; i < to; i++ {
				if !yield(Query{QueryID: strconv.FormatInt(i, 10), Rank: i, TopIDs: []string{"a", "b"}[:i%3%2], TopHits: []bool{true, false}[:i%3%2]}) {
					return
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "q.parquet")
	const n = groupRows + 2*batchRows + 17
	require.NoError(t, WriteQueries(path, made(0, 5), made(5, 5), made(5, n)))
	got, err := Read[Query](path)
	require.NoError(t, err)
	require.Len(t, got, n)
	for i, q := range got {
		if q.Rank != int64(i) || q.QueryID != strconv.Itoa(i) || len(q.TopIDs) != i%3%2 {
			t.Fatalf("row %d came back as %+v", i, q)
		}
	}
	typed := filepath.Join(t.TempDir(), "typed.parquet")
	require.NoError(t, Write(typed, got[:40]))
	require.NoError(t, WriteQueries(path, slices.Values(got[:40])))
	assert.Equal(t, columnsOf(t, typed), columnsOf(t, path), "columns are written as the type Query says")
	require.NoError(t, WriteQueries(path))
	got, err = Read[Query](path)
	require.NoError(t, err)
	assert.Empty(t, got)
	assert.Equal(t, parquet.SchemaOf(Query{}).String(), columnsOf(t, path)[0])
}

// columnsOf tells the schema, and of each column of the first row group its name, encodings, compression and number of values.
func columnsOf(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	out := []string{f.Schema().String()}
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			m := c.MetaData
			out = append(out, fmt.Sprint(m.PathInSchema, m.Encoding, m.Codec, m.NumValues, m.TotalCompressedSize, m.Statistics.MinValue, m.Statistics.MaxValue))
		}
	}
	return out
}
