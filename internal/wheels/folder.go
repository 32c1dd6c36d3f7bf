package wheels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/internal/setup"
)

// Folder is a source without network: a folder with wheel files.
type Folder string

// Fetch returns the file that has the pinned hash.
func (dir Folder) Fetch(_ context.Context, w setup.Wheel, _ string) (string, error) {
	entries, err := os.ReadDir(string(dir))
	if err != nil {
		return "", err
	}
	var other error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), strings.ReplaceAll(w.Name, "-", "_")+"-") || !strings.HasSuffix(e.Name(), ".whl") {
			continue
		}
		name := filepath.Join(string(dir), e.Name())
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		err = errors.Join(check(f, w), f.Close())
		if err == nil {
			return name, nil
		}
		other = errors.Join(other, err)
	}
	hint := "on a machine with network: " + Command(w, string(dir))
	if other != nil {
		return "", fmt.Errorf("%w; %s", other, hint)
	}
	return "", fmt.Errorf("%s has no wheel of %s; %s", dir, w, hint)
}

// Command is the command that puts a wheel into a folder.
func Command(w setup.Wheel, dir string) string {
	return "python3 -m pip download " + strings.Join(selection(w), " ") + " --dest " + quote(dir) + " " + w.Name + "==" + w.Version
}

// quote quotes a path as one word of a shell.
func quote(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return strings.ContainsRune(" '\"\\$&;|<>()*?[]`!#~\t\n", r) }) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
