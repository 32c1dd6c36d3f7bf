package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ContentSHA256 is a hash of a finished run: of its Parquet files and its marker. It is the hash of the text that
// sha256sum prints for them, with names relative to the run's folder, with slashes and sorted. Other files in the
// folder do not count.
func (f *Folder) ContentSHA256() (string, error) {
	var lines []string
	err := filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".parquet" && entry.Name() != marker {
			return err
		}
		name, err := filepath.Rel(f.dir, path)
		if err != nil {
			return err
		}
		sum, err := fileSHA256(path)
		lines = append(lines, filepath.ToSlash(name)+"\x00"+sum)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash of the run: %w", err)
	}
	slices.Sort(lines)
	all := sha256.New()
	for _, line := range lines {
		name, sum, _ := strings.Cut(line, "\x00")
		fmt.Fprintf(all, "%s  %s\n", sum, name)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func fileSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // nothing was written
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
