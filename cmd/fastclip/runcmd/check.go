package runcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/spf13/cobra"
)

func NewCheckCmd(e *cli.Env) *cobra.Command {
	var policy string
	cmd := &cobra.Command{
		Use:   "check SUITE",
		Short: "find what is wrong with a suite and a policy, without running",
		Long: `check names every problem of a suite, with line and column: keys, names, models and their files,
options, pipelines, datasets with their files and columns, and whether the rules of a policy fit
the variants. It opens models of ONNX Runtime and lists the datasets; it embeds nothing, decodes no
picture (fastclip datasets lint does), and starts no Python and no server.
What is unavailable on this machine, such as a GPU, is a note and no problem.

Exit status: 0 fine; 2 something is wrong.`,
		Example: `  fastclip check my-suite.yaml
  fastclip check my-suite.yaml --policy policy.yaml`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return check(cmd.Context(), e, args[0], policy) },
	}
	cmd.Flags().StringVar(&policy, "policy", "", "a policy file, checked as well")
	return cmd
}

func check(ctx context.Context, e *cli.Env, name, policy string) error {
	of, err := suite.Load(name)
	problems := []error{err}
	if err == nil {
		problems = append(checkVariants(ctx, e, of), checkDatasets(ctx, of)...)
		for i, p := range problems {
			problems[i] = fmt.Errorf("suite %s: %w", name, p)
		}
	}
	if policy != "" {
		problems = append(problems, checkPolicy(policy, of))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err = errors.Join(problems...); err == nil {
		fmt.Fprintf(e.Stdout, "%s: %d variants and %d datasets, nothing wrong\n", of.Name, len(of.Variants), len(of.Datasets))
		return nil
	}
	return cli.WrongFile(err)
}

// checkVariants opens what opens in this process, and of the others finds the model.
func checkVariants(ctx context.Context, e *cli.Env, of *suite.Suite) (problems []error) {
	models, err := fastclip.Models()
	if err != nil {
		return []error{err}
	}
	opener := variants.NewOpener(encoders.Env{Models: models, Find: modelscmd.FindModel})
	defer opener.Close()
	for i, spec := range of.Variants {
		err := namedPipeline(spec.Preprocess)
		switch {
		case err != nil:
		case spec.Runtime == "oip":
		case spec.Runtime != "onnxruntime" && spec.Runtime != "precomputed":
			_, err = opener.Env.Model(spec.Model)
		default:
			v := opener.OpenIn(ctx, of, spec)
			if v.Status == store.StatusUnavailable {
				fmt.Fprintf(e.Stdout, "note: variant %s is unavailable here: %s\n", spec.Name, v.Reason)
			} else if !v.OK() {
				err = errors.New(v.Reason)
			}
			err = errors.Join(err, opener.CloseEncoders())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%svariant %s: %w", strictyaml.Position(of.Source, fmt.Sprintf("$.variants[%d].name", i)), spec.Name, err))
		}
	}
	return problems
}

// namedPipeline refuses a pipeline that is in no table.
func namedPipeline(name string) error {
	if name == "" || name == "model" || pipelines.About(name) != "" {
		return nil
	}
	return fmt.Errorf("no pipeline %q: want model or one of %s%s", name, strings.Join(pipelines.Names(), ", "), suggest.Hint(name, pipelines.Names()))
}

// checkDatasets lists the items of each, as eval does; what is generated has no files.
func checkDatasets(ctx context.Context, of *suite.Suite) (problems []error) {
	for i, d := range of.Datasets {
		if d.Scenes != nil {
			continue
		}
		set, err := embed.OpenSet(ctx, d, embed.Where{Dir: of.Dir, Limit: of.Limit})
		if err == nil {
			set.Dataset.Close() // it was only read
		} else {
			problems = append(problems, fmt.Errorf("%s%w", strictyaml.Position(of.Source, fmt.Sprintf("$.datasets[%d].name", i)), err))
		}
	}
	return problems
}
