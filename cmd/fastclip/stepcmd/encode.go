// Package stepcmd contains the single steps: encode, preprocess, tokenize and score; also setup and doctor.
package stepcmd

import (
	"context"
	"errors"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/spf13/cobra"
)

type encodeFlags struct{ variant, suite, out, texts string }

func NewEncodeCmd(e *cli.Env) *cobra.Command {
	f := encodeFlags{suite: "default"}
	cmd := &cobra.Command{
		Use:   "encode --variant NAME --out FILE.npy {IMAGE... | --texts FILE}",
		Short: "write a variant's embeddings of pictures or texts to a .npy file",
		Long: `encode writes the raw embeddings, not normalised, in the order of the input: float32 of
shape (N, D). It prints the name of each picture, or each text, on its own line: line i belongs
to row i. The file is written completely or not at all.

Exit status: 0 done, 1 some picture could not be read (named on stderr and left out) or the
variant is not available here, 2 wrong call.`,
		Example: `  fastclip encode --variant onnx/mini --out pictures.npy *.jpg
  fastclip encode --variant int8/mini --out texts.npy --texts captions.txt`,
		Args: cli.UsageArgs(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return runEncode(cmd.Context(), e, f, args) },
	}
	cmd.Flags().StringVar(&f.variant, "variant", "", "a variant of the suite")
	cmd.Flags().StringVar(&f.suite, "suite", f.suite, "an embedded suite or a suite file")
	cmd.Flags().StringVar(&f.out, "out", "", "the .npy file")
	cmd.Flags().StringVar(&f.texts, "texts", "", "a file with one text per line; - is stdin")
	return cmd
}

func (f encodeFlags) check(images []string) error {
	switch {
	case f.variant == "":
		return errors.New("--variant NAME is missing")
	case f.out == "":
		return errors.New("--out FILE.npy is missing")
	case (f.texts == "") == (len(images) == 0):
		return errors.New("want either pictures or --texts FILE")
	}
	return nil
}

func runEncode(ctx context.Context, e *cli.Env, f encodeFlags, images []string) (err error) {
	if err := f.check(images); err != nil {
		return cli.WrongCall(err)
	}
	suite, err := suite.Load(f.suite)
	if err != nil {
		return cli.WrongCall(err)
	}
	if err := suite.Select([]string{f.variant}, nil); err != nil {
		return cli.WrongCall(err)
	}
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	single, err := variants.OpenSingle(ctx, suite, f.variant, encoders.Env{Models: models, Find: modelscmd.FindModel, Dir: suite.Dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, single.Close()) }()
	cli.Warn(e, f.variant, single.Faults())
	enc := &encoding{single: single, stderr: e.Stderr}
	if f.texts != "" {
		err = enc.texts(ctx, e.Stdin, f.texts)
	} else {
		err = enc.images(ctx, images)
	}
	if err != nil {
		return err
	}
	return enc.finish(e.Stdout, f.out)
}
