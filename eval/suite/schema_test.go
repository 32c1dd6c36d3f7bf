package suite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/strictyaml"
)

func schema(t *testing.T) *jsonschema.Schema {
	data, err := suite.Schema()
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("suite.json", doc))
	s, err := c.Compile("suite.json")
	require.NoError(t, err)
	return s
}

func plain(t *testing.T, data []byte) (doc any) {
	require.NoError(t, strictyaml.Decode(data, &doc))
	return doc
}

// TestSchemaTakesOurSuites: every suite file of the project is one of the schema's.
func TestSchemaTakesOurSuites(t *testing.T) {
	s, n := schema(t), 0
	for _, pattern := range []string{"suites/*.yaml", "../../testdata/bench/*.yaml", "../../examples/*.suite.yaml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, f := range files {
			data, err := os.ReadFile(f)
			require.NoError(t, err)
			_, err = suite.Parse(data)
			require.NoError(t, err, f)
			assert.NoError(t, s.Validate(plain(t, data)), f)
			n++
		}
	}
	assert.Greater(t, n, 5)
}

// TestSchemaAgreesWithTheReader: what one takes the other takes.
func TestSchemaAgreesWithTheReader(t *testing.T) {
	s := schema(t)
	const sets, one = "datasets: [{name: d, scenes: {objects: 1, count: 4}}]\n", "variants: [{name: a}]\n"
	for _, good := range []string{
		"name: s\n" + sets + one,
		"name: 3\ncontext: 0\nlimit: 5\nmemory: 6GiB\ntimeout: 1h30m\nresamples: 1000000\nskip: [timing]\nmetrics: [R@1]\n" + sets + one,
		"name: s\ndatasets: [{name: d, table: {path: t.csv, where: {split: test, kind: [a, b]}}}]\nvariants: [{name: a, options: {session.x: 1}, batch: 65536, threads: 4096}]\n",
		"name: s\nbench: {min_time: 1s, min_calls: 64}\ntiming: {items: 1, rounds: 1, warmup: 0}\n" + sets + "variants: [{name: a, runtime: oip, command: [./x], deadlines: {start: .5s}}]\n",
	} {
		_, err := suite.Parse([]byte(good))
		assert.NoError(t, err, good)
		assert.NoError(t, s.Validate(plain(t, []byte(good))), good)
	}
	for _, bad := range []string{
		sets + one,
		"name: s\n" + one,
		"name: s\ndatasets: []\n" + one,
		"name: s\n" + sets + "variants: []\n",
		"name: s\nnam: x\n" + sets + one,
		"name: s\nresamples: 1000001\n" + sets + one,
		"name: s\ntimeout: 10\n" + sets + one,
		"name: s\nmetrics: [R@7]\n" + sets + one,
		"name: s\nskip: [all]\n" + sets + one,
		"name: s\ncontext: -1\n" + sets + one,
		"name: s\ntiming: {rounds: 1000000}\n" + sets + one,
		"name: s\n" + sets + "variants: [{model: mini}]\n",
		"name: s\n" + sets + "variants: [{name: a, batch: 65537}]\n",
		"name: s\n" + sets + "variants: [{name: a, runtime: onnx}]\n",
		"name: s\n" + sets + "variants: [{name: a, tokenizer: t5}]\n",
		"name: s\ndatasets: [{name: d}]\n" + one,
		"name: s\ndatasets: [{name: d, folder: {path: p}, captions: {path: p}}]\n" + one,
		"name: s\ndatasets: [{name: a/b, folder: {path: p}}]\n" + one,
		"name: s\ndatasets: [{name: d, folder: {path: p, links: all}}]\n" + one,
		"name: s\ndatasets: [{name: d, coco: {captions: c.json}}]\n" + one,
		"name: s\ndatasets: [{name: d, scenes: {objects: 4, count: 1}}]\n" + one,
	} {
		_, err := suite.Parse([]byte(bad))
		assert.Error(t, err, bad)
		assert.Error(t, s.Validate(plain(t, []byte(bad))), bad)
	}
}

// TestBounds: what no machine could do, or nobody means, is refused with the bound.
func TestBounds(t *testing.T) {
	const rest = "\ndatasets: [{name: d, scenes: {objects: 1, count: 4}}]\nvariants: [{name: a}]\n"
	for line, want := range map[string]string{
		"resamples: 2000000000":     "[2:12] resamples 2000000000: want 100 to 1000000",
		"resamples: 99":             "want 100 to 1000000",
		`memory: "6"`:               `[2:9] memory "6" is 6 B: want 64 MiB to 1.0 PiB, such as 6GiB`,
		"memory: 10 EB":             "want 64 MiB to 1.0 PiB",
		"memory: lots":              `memory "lots": want a size such as 6GiB`,
		"timing: {items: 99999999}": "items of 1 to 1048576",
		"memory: 64MiB":             "",
	} {
		_, err := suite.Parse([]byte("name: s\n" + line + rest))
		if want == "" {
			assert.NoError(t, err, line)
		} else {
			assert.ErrorContains(t, err, want, line)
		}
	}
}
