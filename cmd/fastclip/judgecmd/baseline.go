package judgecmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/baseline"
	"github.com/spf13/cobra"
)

func NewBaselineCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "pin or show the run that later runs are judged against",
		Long: `baseline keeps a small file, ` + baseline.DefaultFile + `, that names a finished run and
the hash of its content. Put the file under version control. gate and compare take it as BASE.
They use the run only while it still has that content.`,
		Args: cli.KnownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBaselineSetCmd(e), newBaselineShowCmd(e))
	return cmd
}

func newBaselineSetCmd(e *cli.Env) *cobra.Command {
	var file, why string
	var forClass bool
	cmd := &cobra.Command{
		Use:   "set RUN --why TEXT",
		Short: "make a finished run the baseline, and record why",
		Long: `set writes the run, the hash of its content and the reason into the baseline's file. Earlier
baselines stay in the file with their reasons. With --for-class the run becomes the baseline of
runs on its own class of processors (cpu_class of run.parquet). int8 models give different
numbers on different classes.

Exit status: 0 done, 1 the file could not be written, 2 wrong call, no reason or no finished run.`,
		Example: `  fastclip baseline set results/20260102-030405 --why "int8 recalibrated: -0.4 points are expected"`,
		Args:    cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if why == "" {
				return cli.WrongCall(errors.New("moving a baseline needs a reason: give it with --why"))
			}
			if _, err := store.Open(args[0]); err != nil {
				return cli.WrongCall(fmt.Errorf("%s is not a finished run: %w", args[0], err))
			}
			p, err := baseline.Set(file, args[0], why, time.Now(), forClass)
			if errors.Is(err, baseline.ErrPin) {
				return cli.WrongCall(err)
			}
			if err != nil {
				return err
			}
			class := ""
			if forClass {
				if class, err = classOf(args[0]); err != nil {
					return err
				}
				fmt.Fprintf(e.Stdout, "class %s: ", class)
			}
			x := p.Of(class)
			_, err = fmt.Fprintf(e.Stdout, "%s: run %s (%s), sha256 %s\n", file, x.RunID, x.Run, x.SHA256)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "file", baseline.DefaultFile, "the baseline's file")
	cmd.Flags().BoolVar(&forClass, "for-class", false, "only for runs on processors of the run's class")
	cmd.Flags().StringVar(&why, "why", "", "the reason, which is stored in the file")
	return cmd
}

func newBaselineShowCmd(e *cli.Env) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "show the baseline and its history, and check that its run is unchanged",
		Long: `show prints the baseline's file and checks the run.

Exit status: 0 the run has the pinned content, 1 its content differs or it is missing, 2 wrong
call or no such file.`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			p, err := baseline.Read(file)
			if err != nil {
				return cli.WrongCall(err)
			}
			fmt.Fprintf(e.Stdout, "run %s in %s\nsha256 %s\nsince %s: %s\n", p.RunID, p.Run, p.SHA256, p.When, p.Why)
			for _, m := range p.Earlier {
				fmt.Fprintf(e.Stdout, "before: run %s, since %s: %s\n", m.RunID, m.When, m.Why)
			}
			_, err = baseline.Resolve(file, "")
			for _, class := range slices.Sorted(maps.Keys(p.Classes)) {
				c := p.Of(class)
				fmt.Fprintf(e.Stdout, "class %s: run %s in %s\nsha256 %s\nsince %s: %s\n", class, c.RunID, c.Run, c.SHA256, c.When, c.Why)
				_, other := baseline.Resolve(file, class)
				err = errors.Join(err, other)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&file, "file", baseline.DefaultFile, "the baseline's file")
	return cmd
}
