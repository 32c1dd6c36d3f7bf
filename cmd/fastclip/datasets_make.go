package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

// presets are the numbers of pictures with one, two and three labels: those of the research
// notes, and the default suite's.
var presets = map[string][3]int{"40/80/150": {40, 80, 150}, "500": {500, 500, 500}}

type makeFlags struct {
	from, images, out, preset string
	objects, count            int
	seed                      uint64
}

func newDatasetsMakeCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "make",
		Short: "make a new set: chosen from another set, or generated",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var f makeFlags
	labels := &cobra.Command{
		Use:   "labels --from KIND:FILE --out DIR",
		Short: "choose a balanced set of pictures with exactly one, two or three labels",
		Long: `labels chooses pictures that have exactly --objects labels, and uses all labels about equally
often. It copies the pictures to DIR/images and writes DIR/labels.jsonl. The same seed makes the
same set. A preset makes three sets, DIR/single, DIR/double and DIR/triple: 40, 80 and 150
pictures (40/80/150) or 500 each (500). The lines for a suite file are printed on stdout.

KIND is coco (an instances file), table, folder, webdataset or hfparquet.

Exit status: 0 done, 1 not done, 2 wrong call.`,
		Example: `  fastclip datasets make labels --from coco:instances_val2017.json --images val2017 --out pairs --objects 2 --count 80
  fastclip datasets make labels --from coco:instances_val2017.json --images val2017 --out notes --preset 40/80/150`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.makeLabels(cmd.Context(), e) },
	}
	labels.Flags().SortFlags = false
	labels.Flags().StringVar(&f.from, "from", "", "KIND:FILE of the set to choose from")
	labels.Flags().StringVar(&f.images, "images", "", "folder of its pictures (coco and table)")
	labels.Flags().StringVar(&f.out, "out", "", "folder to make")
	labels.Flags().IntVar(&f.objects, "objects", 1, "labels per picture: 1, 2 or 3")
	labels.Flags().IntVar(&f.count, "count", 500, "number of pictures")
	labels.Flags().StringVar(&f.preset, "preset", "", "40/80/150 or 500 in place of --objects and --count")
	labels.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the choice: another number chooses other pictures")
	cmd.AddCommand(labels, newMakeScenesCmd(e))
	return cmd
}

func (f makeFlags) makeLabels(ctx context.Context, e *env) error {
	counts, preset := presets[f.preset]
	switch {
	case f.from == "" || f.out == "":
		return usageError{errors.New("make labels needs --from KIND:FILE and --out DIR")}
	case f.preset != "" && !preset:
		return usageError{fmt.Errorf("--preset %q: want 40/80/150 or 500", f.preset)}
	case !preset && (f.objects < 1 || f.objects > 3 || f.count < 1):
		return usageError{fmt.Errorf("--objects %d --count %d: want 1, 2 or 3 labels and at least 1 picture", f.objects, f.count)}
	}
	spec, err := sourceOf(f.from, f.images)
	if err != nil {
		return usageError{err}
	}
	ds, err := openDataset(ctx, spec, ".", "")
	if err != nil {
		return err
	}
	defer ds.Close()
	if !preset {
		return f.one(ctx, e, ds, f.out, f.objects, f.count)
	}
	for i, name := range []string{"single", "double", "triple"} {
		if err := f.one(ctx, e, ds, filepath.Join(f.out, name), i+1, counts[i]); err != nil {
			return err
		}
	}
	return nil
}

// sourceKinds are the sources that one file and a folder of pictures describe.
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

// one makes a set in a new folder; the table comes last, so that what was stopped is no set.
func (f makeFlags) one(ctx context.Context, e *env, ds datasets.Dataset, out string, objects, count int) error {
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
		// Numbered: names of the set might differ in their case only, or not be a file's here.
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
	line, err := json.Marshal(filepath.ToSlash(at)) // a JSON text is one of YAML, too
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "  - {name: %s, table: {path: %s}}\n", map[int]string{1: "single", 2: "double", 3: "triple"}[objects], line)
	return err
}
