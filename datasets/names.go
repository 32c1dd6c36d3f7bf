package datasets

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// CleanName is the path of a picture inside its folder. A path that leaves the folder is refused.
func CleanName(name string) (string, error) {
	clean := path.Clean(name)
	switch {
	case name == "" || clean == ".":
		return "", errors.New("the path of the picture is empty")
	case strings.ContainsRune(name, 0) || !filepath.IsLocal(filepath.FromSlash(clean)):
		return "", fmt.Errorf("the path %q leads out of the pictures' folder: refused", name)
	case !utf8.ValidString(name) || strings.ContainsRune(name, pyjson.NotUTF8): // a results file cannot hold it
		return "", fmt.Errorf("the name %+q is not UTF-8: rename it (convmv does whole folders)", name)
	}
	return clean, nil
}

// Printable shows bytes that are not UTF-8 as \xe9.
func Printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&out, `\x%02x`, s[0])
		} else {
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
	return out.String()
}

func Trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func Unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
