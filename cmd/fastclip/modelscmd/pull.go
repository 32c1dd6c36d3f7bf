package modelscmd

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/hub"
	"github.com/spf13/cobra"
)

type PullFlags struct {
	out     string
	include []string
	pickle  bool
}

func newModelsPullCmd(e *cli.Env) *cobra.Command {
	var f PullFlags
	cmd := &cobra.Command{
		Use:   "pull hf:OWNER/NAME[@REVISION]",
		Short: "fetch a model from a hub",
		Long: `pull fetches a repository's ONNX files, safetensors, configurations and vocabularies from the
hub at $HF_ENDPOINT into the cache that Python's huggingface_hub uses. It verifies each file by
size and hash, and prints the commit, a tab and the folder. It resumes interrupted downloads.

It reads HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE.
Pickles (.bin, .pt and the like) run code when Python loads them. They are fetched only with
--pickle and a pattern that names them.

Exit status: 0 done, 1 it failed, 2 wrong call.`,
		Example: `  fastclip models pull hf:Xenova/clip-vit-base-patch32 --include 'onnx/*_model.onnx,*.json' --out models/b32`,
		Args:    cli.UsageArgs(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return PullModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().StringVar(&f.out, "out", "", "copy the files into this folder as well")
	cmd.Flags().StringSliceVar(&f.include, "include", nil, "only files that match a pattern such as 'onnx/*' or '*.json'")
	cmd.Flags().BoolVar(&f.pickle, "pickle", false, "allow --include to name pickles")
	return cmd
}

func PullModel(ctx context.Context, e *cli.Env, f PullFlags, name string) error {
	ref, err := hub.ParseRef(name)
	if err != nil {
		return cli.WrongCall(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	h, err := hub.FromEnv(os.Getenv, home)
	if err != nil {
		return err
	}
	h.Progress = e.Stderr
	s, err := h.Pull(ctx, ref, hub.Selection{Include: f.include, Pickle: f.pickle})
	if err != nil {
		return err
	}
	if len(s.Left) > 0 {
		fmt.Fprintf(e.Stderr, "left out: %s\n", strings.Join(s.Left, ", "))
	}
	dir := s.Dir
	if f.out != "" {
		if err := s.Export(f.out); err != nil {
			return err
		}
		dir = f.out
	}
	_, err = fmt.Fprintf(e.Stdout, "%s\t%s\n", s.Commit, dir)
	return err
}
