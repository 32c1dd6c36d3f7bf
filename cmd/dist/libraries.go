package main

import (
	"os"
	"path/filepath"
	"slices"
)

// takeLibraries copies libraries under the names that the program looks for. It also copies the libraries of the same folder that they need, under their own
// names. They are copies because wheels cannot contain links.
func takeLibraries(from string, names []string, to string) error {
	todo := slices.Clone(names)
	for done := map[string]bool{}; len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if done[name] {
			continue
		}
		done[name] = true
		if err := copyFile(filepath.Join(from, name), filepath.Join(to, name), 0o755); err != nil {
			return err
		}
		needed, err := neededBy(filepath.Join(from, name))
		if err != nil {
			return err
		}
		for _, n := range needed {
			if _, err := os.Stat(filepath.Join(from, n)); err == nil {
				todo = append(todo, n)
			}
		}
	}
	return nil
}

func copyAll(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}

func copyFile(from, to string, mode os.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, mode)
}
