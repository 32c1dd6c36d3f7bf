package suite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Prompts are the dataset's templates, from the suite or from the file that the suite names.
func (d DatasetSpec) Prompts(dir string) ([]string, error) {
	if d.TemplatesFile == "" {
		return d.Templates, nil
	}
	if d.Templates != nil {
		return nil, errors.New("give either templates or templates_file, not both")
	}
	file := where{dir: dir}.path(d.TemplatesFile)
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("templates_file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, fmt.Errorf("templates_file: %s is not a file of at most 1 MiB", file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("templates_file: %w", err)
	}
	var out []string
	for line := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\ufeff")))) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("templates_file: %s is empty", file)
	}
	if err := CheckTemplates(out); err != nil {
		return nil, fmt.Errorf("templates_file: %s: %w", file, err)
	}
	return out, nil
}

// CheckTemplates checks that each template has a place for the class.
func CheckTemplates(templates []string) error {
	for _, t := range templates {
		if !strings.Contains(t, "{}") && !strings.Contains(t, "{c}") {
			return fmt.Errorf("%q has no {} for the class", t)
		}
	}
	return nil
}
