package layouts

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/fastclip/fastclip/datasets"
)

// readClasses reads a list of class names, one per line. Without a file it looks for classnames.txt in the folders, and returns nil if there is none.
func readClasses(file string, folders ...string) ([]string, error) {
	places := []string{file}
	if file == "" {
		places = nil
		for _, dir := range folders {
			places = append(places, filepath.Join(dir, "classnames.txt"))
		}
	}
	for _, place := range places {
		info, err := os.Stat(place)
		if err == nil && info.Size() > datasets.MaxLine {
			return nil, fmt.Errorf("%s is too long: want at most 1 MiB of class names", place)
		}
		data, err := os.ReadFile(place)
		if err != nil && file != "" {
			return nil, fmt.Errorf("classes: %w", err)
		}
		if err != nil {
			continue
		}
		if !utf8.Valid(data) {
			return nil, fmt.Errorf("%s is not UTF-8: save it as UTF-8", place)
		}
		data = bytes.TrimPrefix(data, []byte("\ufeff"))
		names := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(data), "\r", "")), "\n")
		for i, name := range names {
			if names[i] = strings.TrimSpace(name); names[i] == "" {
				return nil, fmt.Errorf("%s: line %d is empty: want the name of class %d", place, i+1, i)
			}
		}
		return names, nil
	}
	return nil, nil
}
