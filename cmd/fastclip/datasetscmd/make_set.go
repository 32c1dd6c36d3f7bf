package datasetscmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

// sourceKinds are the sources that a file and a folder of pictures can describe.
var sourceKinds = []string{"coco", "coco-captions", "karpathy", "flickr", "table", "folder", "captions", "webdataset", "hfparquet"}

// sourceOf is the dataset that KIND:FILE names.
func sourceOf(from, images string) (suite.DatasetSpec, error) {
	kind, file, _ := strings.Cut(from, ":")
	d := suite.DatasetSpec{Name: "from"}
	switch kind {
	case "coco":
		d.Coco = &suite.Coco{Instances: file, Images: images}
	case "coco-captions":
		d.Coco = &suite.Coco{Captions: file, Images: images}
	case "karpathy":
		d.Karpathy = &suite.Karpathy{Path: file, Images: images}
	case "flickr":
		d.Flickr = &suite.Flickr{Tokens: file, Images: images}
	case "table":
		d.Table = &suite.Table{Path: file, Images: images}
	case "folder":
		d.Folder = &suite.Folder{Path: file}
	case "captions":
		d.Captions = &suite.Captions{Path: file}
	case "webdataset":
		d.Webdataset = &suite.Webdataset{Shards: file}
	case "hfparquet":
		d.HFParquet = &suite.HFParquet{Files: file}
	default:
		return d, fmt.Errorf("--from %q: want one of %s, a colon and the file", from, strings.Join(sourceKinds, ", "))
	}
	return d, nil
}

// one writes a set into a new folder. The table comes last, so that an interrupted set is not mistaken for a set.
func (f makeFlags) one(ctx context.Context, e *cli.Env, ds datasets.Dataset, out string, objects, count int) error {
	chosen, err := datasets.Pick(ctx, ds, objects, count, f.seed)
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name a new folder, or remove it", out)
	}
	var table []byte
	for i, im := range chosen {
		data, err := im.Read(ctx)
		if err != nil {
			return fmt.Errorf("picture %s: %w", im.ID, err)
		}
		// The files are numbered, because their own names might differ only in case, or might not be valid here.
		name := fmt.Sprintf("images/%06d%s", i, strings.ToLower(filepath.Ext(im.Name)))
		at := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, data, 0o644); err != nil {
			return err
		}
		line, err := json.Marshal(struct {
			Path   string   `json:"path"`
			Labels []string `json:"labels"`
			From   string   `json:"from"`
		}{name, im.Labels, im.Name})
		if err != nil {
			return err
		}
		table = append(append(table, line...), '\n')
	}
	at := filepath.Join(out, "labels.jsonl")
	if err := os.WriteFile(at, table, 0o644); err != nil {
		return err
	}
	line, err := json.Marshal(filepath.ToSlash(at)) // JSON text is also valid YAML
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Stdout, "  - {name: %s, table: {path: %s}}\n", map[int]string{1: "single", 2: "double", 3: "triple"}[objects], line)
	return err
}
