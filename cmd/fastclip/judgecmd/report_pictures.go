package judgecmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
)

// writePictures writes the charts of a Markdown report into a folder beside it, and returns the prefix of their links.
func writePictures(res *store.Results, x reports.Extras, f reportFlags) (string, error) {
	drawings, err := reports.Drawings(res, x)
	if err != nil || len(drawings) == 0 {
		return "", err
	}
	base := filepath.Base(f.out)
	folder := strings.TrimSuffix(base, filepath.Ext(base)) + "-pictures"
	dir := filepath.Join(filepath.Dir(f.out), folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("write pictures: %w", err)
	}
	for _, d := range drawings {
		if err := cli.ReplaceFile(filepath.Join(dir, d.Name), []byte(d.SVG)); err != nil {
			return "", err
		}
	}
	if f.pictures != "" {
		return f.pictures, nil
	}
	return folder, nil
}
