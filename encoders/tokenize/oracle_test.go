package tokenize

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// oracleRow is a line of the output of clip_tokenize.py.
type oracleRow struct {
	Text     string
	Context  int
	OpenAI   []int64 `json:"openai"`
	OpenCLIP []int64 `json:"open_clip"`
	HF       []int64 `json:"hf"`
}

func (r oracleRow) ids(mode Mode) []int64 {
	return map[Mode][]int64{ModeOpenAI: r.OpenAI, ModeOpenCLIP: r.OpenCLIP, ModeHF: r.HF}[mode]
}

// TestOracle: in all modes, all ids equal those of the reference tokenizers. The texts are captions, many languages, every assigned code point, HTML
// entities, mojibake, combining marks and noise.
func TestOracle(t *testing.T) {
	uv := testenv.UV(t)
	path := filepath.Join(t.TempDir(), "ids.jsonl")
	script := filepath.Join(testenv.Root(t), "testdata", "oracles", "clip_tokenize.py")
	cmd := exec.Command(uv, "run", "--quiet", "--script", script, "--out", path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	n := compare(t, file)
	assert.Greater(t, n, 30_000)
	if !t.Failed() {
		t.Logf("%d texts: all ids equal to those of openai/CLIP, open_clip and Hugging Face", n)
	}
}

// TestGolden is TestOracle for machines without uv. It uses a part of the texts, mostly those on which the modes differ. clip_tokenize.py --texts wrote the
// rows.
func TestGolden(t *testing.T) {
	file, err := os.Open(filepath.Join("testdata", "golden.jsonl.gz"))
	require.NoError(t, err)
	defer file.Close()
	rows, err := gzip.NewReader(file)
	require.NoError(t, err)
	assert.Equal(t, 162, compare(t, rows))
}

// compare encodes the texts of all rows in all modes, and returns the number of rows.
func compare(t *testing.T, rows io.Reader) (n int) {
	tokenizers := make(map[Mode]*Tokenizer)
	for _, mode := range Modes() {
		tokenizers[mode] = newTokenizer(t, mode)
	}
	wrong := make(map[Mode][]string)
	sc := bufio.NewScanner(rows)
	sc.Buffer(nil, 1<<24)
	for ; sc.Scan(); n++ {
		var row oracleRow
		require.NoError(t, json.Unmarshal(sc.Bytes(), &row))
		for mode, tok := range tokenizers {
			if got, want := tok.Encode(row.Text, row.Context), row.ids(mode); !slices.Equal(got, want) {
				wrong[mode] = append(wrong[mode], difference(row, got, want))
			}
		}
	}
	require.NoError(t, sc.Err())
	for mode, texts := range wrong {
		t.Errorf("%s: %d of %d texts differ:\n%s", mode, len(texts), n, strings.Join(texts[:min(len(texts), 20)], "\n"))
	}
	return n
}

// difference describes a row by its ids from the first wrong one on.
func difference(row oracleRow, got, want []int64) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	return fmt.Sprintf("%.300q in %d: id %d: got %v, want %v", row.Text, row.Context, i,
		got[i:min(i+8, len(got))], want[i:min(i+8, len(want))])
}
