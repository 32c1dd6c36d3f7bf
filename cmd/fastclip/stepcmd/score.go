package stepcmd

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/metrics/trec"
	"github.com/spf13/cobra"
)

// scoreFlags are the flags of score.
type scoreFlags struct {
	qrels, run string
	perQuery   bool
	opts       trec.Options
}

func NewScoreCmd(e *cli.Env) *cobra.Command {
	f := scoreFlags{opts: trec.Options{Level: 1}}
	cmd := &cobra.Command{
		Use:   "score --qrels FILE --run FILE",
		Short: "score a run as trec_eval does",
		Long: `score prints what NIST's trec_eval 10.0 prints for a run and its judgements, in its columns
and to its last digit.

Measures are trec_eval's: a name (map), a name with parameters (P.5,10 or ndcg.1=3,2=9), or
official (the default), set and all_trec for several at once. Either FILE may be - for stdin.

Exit status: 0 done, 1 writing failed, 2 wrong call or input that cannot be scored.`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.score(cmd, e) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.qrels, "qrels", "", "judgements file: each line is QUERY 0 DOCUMENT JUDGEMENT")
	flags.StringVar(&f.run, "run", "", "results file: each line is QUERY Q0 DOCUMENT RANK SCORE RUN")
	flags.BoolVarP(&f.perQuery, "per-query", "q", false, "also print the values of each query")
	flags.BoolVarP(&f.opts.Complete, "complete", "c", false, "count all queries of --qrels; those not in --run are 0, and -q prints them")
	flags.IntVarP(&f.opts.MaxDocs, "max-docs", "M", 0, "count only this many best documents per query (default all)")
	flags.IntVarP(&f.opts.Level, "level", "l", 1, "lowest judgement that counts as relevant")
	flags.StringArrayVarP(&f.opts.Measures, "measure", "m", nil, "measure, may be repeated (default official)")
	return cmd
}

func (f *scoreFlags) score(cmd *cobra.Command, e *cli.Env) error {
	switch {
	case f.qrels == "" || f.run == "":
		return cli.WrongCall(fmt.Errorf("score needs --qrels FILE and --run FILE"))
	case f.qrels == "-" && f.run == "-":
		return cli.WrongCall(fmt.Errorf("--qrels and --run cannot both be stdin"))
	case f.opts.Level < 1:
		return cli.WrongCall(fmt.Errorf("--level %d: want at least 1", f.opts.Level))
	case cmd.Flags().Changed("max-docs") && f.opts.MaxDocs < 1:
		return cli.WrongCall(fmt.Errorf("--max-docs %d: want at least 1", f.opts.MaxDocs))
	}
	if err := f.opts.Check(); err != nil {
		return cli.WrongCall(err)
	}
	report, err := f.evaluate(cmd.Context(), e.Stdin)
	if cmd.Context().Err() != nil {
		return fmt.Errorf("score: %w", cmd.Context().Err())
	}
	if err != nil {
		return cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
	return report.Write(e.Stdout, f.perQuery)
}

func (f *scoreFlags) evaluate(ctx context.Context, stdin io.Reader) (*trec.Report, error) {
	qrels, err := readFile(ctx, f.qrels, stdin, trec.ReadQrels)
	if err != nil {
		return nil, err
	}
	run, err := readFile(ctx, f.run, stdin, trec.ReadRun)
	if err != nil {
		return nil, err
	}
	return trec.Evaluate(qrels, run, f.opts)
}

// readFile parses a file, or stdin if the name is -, until ctx is done.
func readFile[T any](ctx context.Context, name string, stdin io.Reader, parse func(io.Reader, string) (T, error)) (T, error) {
	if name == "-" {
		return parse(untilDone{ctx, stdin}, "stdin")
	}
	file, err := os.Open(name)
	if err != nil {
		var none T
		return none, err // the error names the file
	}
	defer file.Close()
	return parse(untilDone{ctx, file}, name)
}

// untilDone reads r until ctx is done.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
