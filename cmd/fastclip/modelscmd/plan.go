package modelscmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/eval/plan"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/spf13/cobra"
)

type planFlags struct {
	budget, maxTime, items, out string
	asJSON                      bool
}

func newModelsPlanCmd(e *cli.Env) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan {FOLDER | MODEL} --budget B --items DATASET --out DIR",
		Short: "find what low precision costs in each part of a model, and keep what is too dear",
		Long: `plan measures what int8 (per tensor, per channel, reduce_range, smooth, static) and fp16 cost in
drift in each block and each kind of product (q, k, v, out_proj, c_fc, c_proj, embeddings,
projection) of both towers, and what they save in time. It then tries mixes: product after product
stays in the original's precision, the one first that relieves most drift for its time. Of all
mixes within the budget it takes the fastest, and makes that model with derive's tools. It measures
on one set of items, decides on another and judges on a third.

--budget is
  mean_abs=X    mean absolute difference of the embeddings, of each tower
  mean_abs=P%   the same, as a share of what int8 of everything drifts
  top1=P%       share of text queries that may find another best picture
  certain       no text query's best picture can change by drift of this size

--max-time P% is how much longer than derive's int8 the model may take.
--items is a folder of pictures, a dataset of the default suite (single), or SUITE:DATASET.
DIR gets image.onnx, text.onnx, the model's configuration, card.json that says how it was made,
plan.md and pareto.svg. A suite takes it as model: DIR with precision: int8.

The first call fetches onnx and onnxruntime with uv (some 60 MB).
Exit status: 0 done, 1 no mix is within the budget (DIR then has the original's precision) or within
the time, or the items to judge on say otherwise, or something could not be made, 2 wrong call.`,
		Example: `  fastclip models plan mini --budget mean_abs=50% --max-time 10% --items single --out mini-planned
  fastclip models plan models/b32 --budget top1=1% --items pictures --out models/b32-planned`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return planModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.budget, "budget", "", "how much drift may be left")
	cmd.Flags().StringVar(&f.maxTime, "max-time", "", "how much longer than int8 the model may take, such as 10%")
	cmd.Flags().StringVar(&f.items, "items", "", "pictures and texts to choose and to judge on")
	cmd.Flags().StringVar(&f.out, "out", "", "the folder of the model that is made")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the plan as JSON")
	return cmd
}

func planModel(ctx context.Context, e *cli.Env, f planFlags, model string) error {
	budget, err := plan.ParseBudget(f.budget)
	most, wrong := plan.ParseTime(f.maxTime)
	switch {
	case err != nil:
		return cli.WrongCall(err)
	case wrong != nil:
		return cli.WrongCall(wrong)
	case f.items == "":
		return cli.WrongCall(errors.New("no items: name a folder or a dataset with --items"))
	case f.out == "":
		return cli.WrongCall(errors.New("--out DIR is missing"))
	case Exists(f.out):
		return cli.WrongCall(fmt.Errorf("--out %s exists already: name another folder", f.out))
	}
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	art, err := fastclip.Art()
	if err != nil {
		return err
	}
	cache, err := cli.CacheDir()
	if err != nil {
		return err
	}
	r, err := plan.Run(ctx, plan.Config{
		Model: model, Budget: budget, Items: f.items, Out: f.out, Env: encoders.Env{Models: models, Find: FindModel}, Art: art, Cache: cache, Progress: e.Stderr,
		MaxTime: most, Derive: func(ctx context.Context, j plan.DeriveJob) error {
			args := []string{j.Folder, "--out", j.Out, "--kinds", strings.Join(j.Kinds, ","), "--ops", strings.Join(j.Operators, ","), "--towers", strings.Join(j.Towers, ","), "--samples", j.Samples}
			if j.Keep != "" {
				args = append(args, "--keep", j.Keep)
			}
			return python.RunTool(ctx, adapters.Script("derive.py"), &bytes.Buffer{}, e.Stderr, args...)
		},
	})
	if errors.Is(err, plan.ErrUsage) {
		return cli.WrongCall(err)
	}
	if err != nil {
		return fmt.Errorf("plan %s: %w", model, err)
	}
	return printPlan(e, f, &r)
}
