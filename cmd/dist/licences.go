package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// named matches the names of licence files.
var named = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)([-._].*)?$`)

// choices says, for modules that offer several licences, which one we use and which file has it.
var choices = map[string]struct{ licence, file string }{
	"github.com/golang/freetype": {"FTL", "licenses/ftl.txt"},
}

// findLicences finds a module's licences. It fails if there is none, or if one is unknown.
func (m *module) findLicences() error {
	entries, err := os.ReadDir(m.dir)
	if err != nil {
		return fmt.Errorf("licence of %s: %w", m.path, err)
	}
	for _, e := range entries {
		if e.IsDir() || !named.MatchString(e.Name()) || filepath.Ext(e.Name()) == ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.dir, e.Name()))
		if err != nil {
			return err
		}
		m.files = append(m.files, e.Name())
		if strings.HasPrefix(e.Name(), "PATENTS") { // grants patent rights in addition to a licence
			continue
		}
		for _, found := range licensecheck.Scan(text).Match {
			if !found.IsURL && !slices.Contains(m.licences, found.ID) {
				m.licences = append(m.licences, found.ID)
			}
		}
	}
	if choice, ok := choices[m.path]; ok {
		m.files, m.licences = append(m.files, choice.file), []string{choice.licence}
	}
	if len(m.licences) == 0 {
		return fmt.Errorf("%s %s: %q in %s are not licences that dist knows", m.path, m.version, m.files, m.dir)
	}
	slices.Sort(m.licences)
	return nil
}

// licences copies the licences of all modules, one folder per module.
func licences(modules []module, to string) error {
	for _, m := range modules {
		dir := filepath.Join(to, "go", strings.ReplaceAll(m.path, "/", "_"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for _, name := range m.files {
			if err := copyFile(filepath.Join(m.dir, filepath.FromSlash(name)), filepath.Join(dir, path.Base(name)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
