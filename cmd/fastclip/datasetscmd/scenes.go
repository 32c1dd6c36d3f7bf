package datasetscmd

import (
	"errors"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

func newMakeScenesCmd(e *cli.Env) *cobra.Command {
	var scenes suite.Scenes
	var to convertFlags
	cmd := &cobra.Command{
		Use:   "scenes --out DIR",
		Short: "draw pictures of labelled objects",
		Long: `scenes draws pictures of one to three labelled objects and writes them in any format that
convert writes. With --captions N, every picture gets N captions, and no two pictures share
their labels. Without it, queries search for labels. The same seed gives the same bytes
on every machine.

Exit status: 0 done, 1 not done, 2 wrong call.`,
		Example: `  # what CLIP_benchmark reads: 128 pictures of 640x425, five captions each
  fastclip datasets make scenes --objects 2 --count 128 --size 640x425 --captions 5 --out clip-benchmark-128`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to.out == "" {
				return cli.WrongCall(errors.New("make scenes needs --out DIR"))
			}
			if scenes.Captions > 0 && !cmd.Flags().Changed("per-set") {
				scenes.PerSet = 1
			}
			d := suite.DatasetSpec{Name: "scenes", Scenes: &scenes}
			return to.run(cmd.Context(), e, &suite.Suite{Datasets: []suite.DatasetSpec{d}, Dir: "."})
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().IntVar(&scenes.Objects, "objects", 1, "labels per picture: 1, 2 or 3")
	cmd.Flags().IntVar(&scenes.Count, "count", 128, "number of pictures")
	cmd.Flags().IntVar(&scenes.PerSet, "per-set", 2, "pictures that share their labels (1 with --captions)")
	cmd.Flags().StringVar(&scenes.Size, "size", "", "JPEG files of this size, 640x425 (default: several sizes and formats)")
	cmd.Flags().IntVar(&scenes.Captions, "captions", 0, "captions per picture, at most 5")
	cmd.Flags().Uint64Var(&scenes.Seed, "seed", 1, "seed of the drawing: another number gives other pictures")
	to.add(cmd, "webdataset")
	return cmd
}
