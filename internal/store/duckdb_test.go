package store

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// TestDuckDB: DuckDB, which knows nothing of this project, sees the same columns and values.
func TestDuckDB(t *testing.T) {
	uv := testenv.UV(t)
	r := sample()
	f := save(t, r)
	cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "duckdb_read.py"), f.Dir(), "128")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var got map[string]struct {
		Columns [][2]string
		Rows    [][]string
	}
	require.NoError(t, json.Unmarshal(out, &got))

	for name, rows := range map[string]any{
		"run.parquet": []Run{r.Run}, "datasets.parquet": r.Datasets, "variants.parquet": r.Variants, "scores.parquet": r.Scores,
		"queries.parquet": r.Queries, "drift.parquet": r.Drift, "timings.parquet": r.Timings, "failures.parquet": r.Failures, "pooled.parquet": r.Pooled,
		"embeddings/onnx/mini/single.image.parquet": sampleEmbeddings(),
	} {
		columns, want := asText(reflect.ValueOf(rows))
		assert.Equal(t, columns, got[name].Columns, name)
		assert.Equal(t, want, got[name].Rows, name)
	}
	assert.Len(t, got, len(tables)+1)
}

// asText returns the columns with DuckDB's types, and the values in the script's format.
func asText(rows reflect.Value) (columns [][2]string, text [][]string) {
	row := rows.Type().Elem()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("parquet"), ",")
		columns = append(columns, [2]string{name, duckType(row.Field(i).Type)})
	}
	for i := range rows.Len() {
		var values []string
		for j := range row.NumField() {
			values = append(values, valueText(rows.Index(i).Field(j).Interface()))
		}
		text = append(text, values)
	}
	return columns, text
}

func duckType(t reflect.Type) string {
	return map[string]string{
		"string": "VARCHAR", "*string": "VARCHAR", "int64": "BIGINT", "bool": "BOOLEAN", "*int64": "BIGINT", "float64": "DOUBLE", "*float64": "DOUBLE", "*bool": "BOOLEAN",
		"time.Time": "TIMESTAMP WITH TIME ZONE", "[]string": "VARCHAR[]", "[]bool": "BOOLEAN[]", "[]float32": "FLOAT[]",
	}[t.String()]
}

func valueText(v any) string {
	switch v := v.(type) {
	case *float64:
		if v == nil {
			return "null"
		}
		return valueText(*v)
	case *int64:
		if v == nil {
			return "null"
		}
		return valueText(*v)
	case *bool:
		if v == nil {
			return "null"
		}
		return strconv.FormatBool(*v)
	case []bool:
		return fmt.Sprint(v)
	case *string:
		if v == nil {
			return "null"
		}
		return *v
	case float64:
		return pyFloat(v)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000000Z")
	case []string:
		return "[" + strings.Join(v, " ") + "]"
	case []float32:
		var parts []string
		for _, x := range v {
			parts = append(parts, pyFloat(float64(x)))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v)
}

// pyFloat is Python's str of a float.
func pyFloat(v float64) string {
	if abs := max(v, -v); v == 0 || abs >= 1e-4 && abs < 1e16 {
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(v, 'e', -1, 64)), "+")
}
