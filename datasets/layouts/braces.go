package layouts

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// maxFiles limits the number of files that a pattern may name.
const maxFiles = 100_000

// expandBraces lists the names of a pattern in order. a{000..012} counts and keeps the zeros, {a,b} lists alternatives. A pattern can have several braces,
// but not nested ones.
func expandBraces(pattern string) ([]string, error) {
	before, rest, found := strings.Cut(pattern, "{")
	if !found {
		return []string{pattern}, nil
	}
	inner, after, closed := strings.Cut(rest, "}")
	if !closed || strings.Contains(inner, "{") {
		return nil, fmt.Errorf("pattern %q has a { without a }", pattern)
	}
	choices, err := choicesOf(inner)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	tails, err := expandBraces(after)
	if err != nil {
		return nil, err
	}
	if len(choices)*len(tails) > maxFiles {
		return nil, fmt.Errorf("pattern %q names more than %d files", pattern, maxFiles)
	}
	var out []string
	for _, c := range choices {
		for _, tail := range tails {
			out = append(out, before+c+tail)
		}
	}
	return out, nil
}

func choicesOf(inner string) ([]string, error) {
	low, high, found := strings.Cut(inner, "..")
	if !found {
		return strings.Split(inner, ","), nil
	}
	from, err1 := strconv.ParseUint(low, 10, 31)
	to, err2 := strconv.ParseUint(high, 10, 31)
	if errors.Join(err1, err2) != nil || to < from {
		return nil, fmt.Errorf("{%s}: want a range like 000..012", inner)
	}
	if to-from >= maxFiles {
		return nil, fmt.Errorf("{%s}: more than %d files", inner, maxFiles)
	}
	width := 0
	if strings.HasPrefix(low, "0") {
		width = len(low)
	}
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprintf("%0*d", width, n))
	}
	return out, nil
}

// expandFiles lists the files that match a pattern with braces, * and ?, and their common folder. A name without * and ? is always listed, whether the file
// exists or not.
func expandFiles(pattern string) (files []string, above string, err error) {
	names, err := expandBraces(pattern)
	if err != nil {
		return nil, "", err
	}
	for _, name := range names {
		if !strings.ContainsAny(name, "*?") {
			files = append(files, name)
			continue
		}
		found, err := filepath.Glob(name)
		if err != nil {
			return nil, "", fmt.Errorf("pattern %q: %w", pattern, err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		return nil, "", fmt.Errorf("pattern %q matches no file", pattern)
	}
	above = filepath.Dir(files[0])
	for _, f := range files {
		for above != filepath.Dir(above) && !within(above, f) {
			above = filepath.Dir(above)
		}
	}
	return files, above, nil
}

func within(dir, file string) bool {
	rel, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(rel)
}

// shardName is the path of the file below the folder, without its extension. Its pictures are listed under this folder in the set.
func shardName(above, file string) string {
	rel, err := filepath.Rel(above, file)
	if err != nil {
		rel = filepath.Base(file)
	}
	return filepath.ToSlash(datasets.Printable(strings.TrimSuffix(rel, filepath.Ext(rel))))
}

// sharded is a set in several files, each of which is read on its own.
type sharded struct {
	files []string
	names []string // for each file, the folder of its pictures in the set
	above string
}

func openSharded(pattern string) (sharded, error) {
	files, above, err := expandFiles(pattern)
	s := sharded{files: files, above: above}
	seen := map[string]bool{}
	for _, f := range files {
		name := shardName(above, f)
		if seen[name] {
			return s, fmt.Errorf("pattern %q names %s twice", pattern, f)
		}
		seen[name] = true
		s.names = append(s.names, name)
	}
	return s, err
}
