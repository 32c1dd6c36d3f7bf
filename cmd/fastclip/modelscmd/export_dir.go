package modelscmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

// ExportedDir is the default folder for an exported model.
func ExportedDir(model string) (string, error) {
	dir, err := cli.CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "models", strings.NewReplacer(":", "--", "/", "--", "\\", "--").Replace(model)), nil
}

// modelIn is the model's name in a folder's card, or "" if the folder does not exist or is empty.
func modelIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(dir, "card.json"))
	if err != nil {
		return "files without a card.json", nil
	}
	var card struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(data, &card); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "card.json"), err)
	}
	return card.Name, nil
}

// printExport prints the results of export.py: one line per tower, then the folder.
func printExport(e *cli.Env, data []byte, dir string) error {
	var got struct {
		Towers map[string]struct {
			Items int     `json:"items"`
			Mean  float64 `json:"mean_abs"`
			Max   float64 `json:"max_abs"`
			Size  float64 `json:"mean_abs_of_embedding"`
		} `json:"against_pytorch"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		return fmt.Errorf("export.py printed %q: %w", data, err)
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "tower\titems\tmean |a-b| to PyTorch\tlargest\tmean |a|")
	for _, name := range []string{"image", "text"} {
		t := got.Towers[name]
		fmt.Fprintf(w, "%s\t%d\t%.1e\t%.1e\t%.2f\n", name, t.Items, t.Mean, t.Max, t.Size)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.Stdout, dir)
	return err
}
