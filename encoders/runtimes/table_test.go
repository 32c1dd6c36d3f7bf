package runtimes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// TestRowsOfTheTable: each row of both tables of docs/models.md about a folder has its test.
func TestRowsOfTheTable(t *testing.T) {
	const runtimes, modeldir = "encoders/runtimes/layouts_test.go ", "encoders/modeldir/"
	tests := map[string][]string{
		"two towers (ours)":        {runtimes + "two towers"},
		"immich":                   {runtimes + "immich"},
		"transformers.js, optimum": {runtimes + "transformers.js", runtimes + "transformers.js, int8", runtimes + "transformers.js, q4f16"},
		"optimum":                  {runtimes + "optimum", runtimes + "optimum, folders"},
		"open_clip":                {runtimes + "open_clip"},
		"one file of both":         {runtimes + "merged", runtimes + "merged, optimum", runtimes + "TestFactsOfMerged"},
		"sentence-transformers":    {runtimes + "TestModules", modeldir + "modeldir_test.go TestSentenceTransformers"},
		"two folders":              {runtimes + "TestLayouts"},
		"an image tower alone":     {runtimes + "image tower alone", runtimes + "vision model alone"},
		"tokenizer":                {modeldir + "modeldir_test.go TestTokenizers", "encoders/librarytok/librarytok_test.go TestAutoTokenizer"},
		"context":                  {modeldir + "modeldir_test.go TestContext", runtimes + "TestContextOfGraph"},
		"preprocessing":            {modeldir + "modeldir_test.go TestPictures"},
		"activation, sizes":        {modeldir + "rest_test.go TestAgainst", runtimes + "TestClaims", runtimes + "TestClaimedActivation"},
	}
	page, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "models.md"))
	require.NoError(t, err)
	var rows []string
	for _, head := range []string{"| layout | towers | how inputs are made |\n|---|---|---|\n", "| what | is read from | otherwise |\n|---|---|---|\n"} {
		_, table, ok := strings.Cut(string(page), head)
		require.True(t, ok, head)
		table, _, _ = strings.Cut(table, "\n\n")
		for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(table, -1) {
			rows = append(rows, m[1])
		}
	}
	cases := layoutCases()
	for _, row := range rows {
		require.NotEmpty(t, tests[row], "row %q of docs/models.md has no test", row)
		for _, test := range tests[row] {
			file, name, _ := strings.Cut(test, " ")
			if !strings.HasPrefix(name, "Test") {
				assert.Contains(t, cases, name)
				continue
			}
			source, err := os.ReadFile(filepath.Join(testenv.Root(t), filepath.FromSlash(file)))
			require.NoError(t, err)
			assert.Contains(t, string(source), "func "+name+"(", file)
		}
	}
	assert.Len(t, rows, len(tests))
}
