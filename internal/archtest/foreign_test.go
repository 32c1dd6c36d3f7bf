package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// foreign matches lines with which other projects mark their sources. The words are split so that this file does not match.
var foreign = regexp.MustCompile(`(?i)copy` + `right|was part of ` + `the|all rights ` + `reserved|spdx-license` + `-identifier`)

// TestOwnCodeOnly: no source file carries another project's line of ownership, because other people's code is imported and not copied. The repository contains
// no compiled programs either.
func TestOwnCodeOnly(t *testing.T) {
	root, files := testenv.Root(t), 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := entry.Name(); entry.IsDir() {
			if strings.HasPrefix(base, ".") && name != root || slices.Contains([]string{"bin", "dist", "results", "nights", "nightly"}, base) && filepath.Dir(name) == root {
				return filepath.SkipDir
			}
			return nil
		}
		if !isSource(name) {
			assert.False(t, isProgram(name), "%s: a compiled program", name)
			return nil
		}
		files++
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(data), "\n") {
			if foreign.MatchString(line) {
				t.Errorf("%s:%d: %s", name, i+1, line)
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.Greater(t, files, 100)
}

// isProgram skips the test binaries that go test leaves for profiles; git ignores them.
func isProgram(name string) bool {
	if filepath.Ext(name) == ".test" {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := f.Read(head)
	return string(head[:n]) == "\x7fELF"
}

func isSource(name string) bool {
	return slices.Contains([]string{".c", ".h", ".cc", ".cpp", ".s", ".go", ".py", ".js", ".css", ".inc", ".sh"}, strings.ToLower(filepath.Ext(name)))
}

func TestForeign(t *testing.T) {
	for line, want := range map[string]bool{
		"// Copy" + "right 2016 Somebody": true, " * All Rights " + "Reserved.": true, "/* jmorecfg.h was part of " + "the ... */": true,
		"// SPDX-License" + "-Identifier: MIT": true, "// the rights of the axis": false, "copy, right?": false,
	} {
		assert.Equal(t, want, foreign.MatchString(line), line)
	}
	assert.True(t, isSource("a/b.H"))
	assert.False(t, isSource("NOTICE"))
}
