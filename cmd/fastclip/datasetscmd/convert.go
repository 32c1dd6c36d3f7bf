package datasetscmd

import (
	"errors"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/spf13/cobra"
)

// convertFlags say what to write and where.
type convertFlags struct {
	to, out, split, cache string
	shard                 int
}

func (f *convertFlags) add(cmd *cobra.Command, format string) {
	cmd.Flags().StringVar(&f.to, "to", format, "format: "+strings.Join(export.Formats(), ", "))
	cmd.Flags().StringVar(&f.out, "out", "", "folder to make")
	cmd.Flags().StringVar(&f.split, "split", "test", "name of the split, in formats that have one")
	cmd.Flags().IntVar(&f.shard, "shard", 1000, "pictures per file, in formats with several files")
	cmd.Flags().StringVar(&f.cache, "cache", "", "cache folder (default: $FASTCLIP_CACHE, else the user's cache folder)")
}

func newDatasetsConvertCmd(e *cli.Env) *cobra.Command {
	var f convertFlags
	var from, images string
	var only []string
	cmd := &cobra.Command{
		Use:   "convert SUITE|FOLDER|FILE --to FORMAT --out DIR",
		Short: "write a set in another format",
		Long: `convert reads a set from a suite, a folder or a file (csv, tsv, jsonl, tar, parquet) and writes
it in another format, with captions and labels. The pictures are copied byte for byte. If a suite
has several sets, each gets a folder of its own name. The lines for a suite file are printed on
stdout. Pictures that cannot be read are named on stderr and left out.

  webdataset  the layout that CLIP_benchmark reads (--dataset wds/NAME --dataset_root DIR)
  hfparquet   parquet shards that Hugging Face's datasets.load_dataset(DIR) reads
  coco        pictures, captions and instances JSON, which pycocotools reads
  folder      one folder per label; a set with captions gets a .txt beside each picture, no labels
  jsonl, csv  a table beside a folder of pictures

Exit status: 0 done, 1 done without some pictures, or not done, 2 wrong call.`,
		Example: `  fastclip datasets convert my-suite.yaml --datasets flickr --to webdataset --out flickr-wds
  fastclip datasets convert --from coco-captions:captions_val2017.json --images val2017 --out coco-wds
  fastclip datasets convert pictures --to hfparquet --shard 5000 --out pictures-hf`,
		Args: cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.out == "" || (len(args) == 0) == (from == "") {
				return cli.WrongCall(errors.New("convert needs --out DIR, and a suite, folder or file, or --from KIND:FILE"))
			}
			suite, err := convertSource(args, from, images)
			if err != nil {
				return cli.WrongCall(err)
			}
			if err := suite.Select(nil, only); err != nil {
				return cli.WrongCall(err)
			}
			return f.run(cmd.Context(), e, suite)
		},
	}
	cmd.Flags().SortFlags = false
	f.add(cmd, "webdataset")
	cmd.Flags().StringSliceVar(&only, "datasets", nil, "only these sets of the suite")
	cmd.Flags().StringVar(&from, "from", "", "KIND:FILE in place of a suite: "+strings.Join(sourceKinds, ", "))
	cmd.Flags().StringVar(&images, "images", "", "folder of its pictures (coco, karpathy, flickr and table)")
	return cmd
}
