package datasetscmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/spf13/cobra"
)

// presets are numbers of pictures with one, two and three labels, as in the research notes and in the default suite.
var presets = map[string][3]int{"40/80/150": {40, 80, 150}, "500": {500, 500, 500}}

type makeFlags struct {
	from, images, out, preset string
	objects, count            int
	seed                      uint64
}

func newDatasetsMakeCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "make",
		Short: "make a new set: chosen from another set, or generated",
		Args:  cli.KnownCommand,
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
		Args: cli.UsageArgs(cobra.NoArgs),
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

func (f makeFlags) makeLabels(ctx context.Context, e *cli.Env) error {
	counts, preset := presets[f.preset]
	switch {
	case f.from == "" || f.out == "":
		return cli.WrongCall(errors.New("make labels needs --from KIND:FILE and --out DIR"))
	case f.preset != "" && !preset:
		return cli.WrongCall(fmt.Errorf("--preset %q: want 40/80/150 or 500", f.preset))
	case !preset && (f.objects < 1 || f.objects > 3 || f.count < 1):
		return cli.WrongCall(fmt.Errorf("--objects %d --count %d: want 1, 2 or 3 labels and at least 1 picture", f.objects, f.count))
	}
	spec, err := sourceOf(f.from, f.images)
	if err != nil {
		return cli.WrongCall(err)
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
