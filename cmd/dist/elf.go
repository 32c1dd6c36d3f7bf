package main

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// neededBy lists the libraries that are loaded together with this one.
func neededBy(library string) ([]string, error) {
	f, err := elf.Open(library)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", library, err)
	}
	defer f.Close()
	return f.ImportedLibraries()
}

// floorOf returns the newest version of glibc that any program or library in a folder requires.
func floorOf(dir string) (string, error) {
	floor := [2]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".so" && !strings.Contains(d.Name(), ".so.") && filepath.Base(filepath.Dir(path)) != "bin" {
			return err
		}
		f, err := elf.Open(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		defer f.Close()
		symbols, err := f.ImportedSymbols()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, s := range symbols {
			version, ok := strings.CutPrefix(s.Version, "GLIBC_")
			if !ok {
				continue
			}
			v, err := parse(version)
			if err != nil {
				return fmt.Errorf("%s: symbol %s: %w", path, s.Name, err)
			}
			if v[0] > floor[0] || v[0] == floor[0] && v[1] > floor[1] {
				floor = v
			}
		}
		return nil
	})
	return fmt.Sprintf("%d.%d", floor[0], floor[1]), err
}

// parse parses a version of glibc, such as 2.34 or 2.2.5.
func parse(version string) (v [2]int, err error) {
	parts := strings.SplitN(version, ".", 3)
	for i := range min(2, len(parts)) {
		if v[i], err = strconv.Atoi(parts[i]); err != nil {
			return v, fmt.Errorf("unknown version of glibc %q", version)
		}
	}
	return v, nil
}
