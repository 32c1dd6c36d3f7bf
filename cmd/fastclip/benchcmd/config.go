package benchcmd

import (
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

// suiteFlags are the flags of a bench of a suite's variants.
type suiteFlags struct {
	only       []string
	bench      suite.Bench // what was set on the command line; the suite has the rest
	json       bool
	out, cache string
}

// add adds the flags. measured is what a row of --out holds.
func (f *suiteFlags) add(cmd *cobra.Command, measured string) {
	fl, b := cmd.Flags(), &f.bench
	fl.StringSliceVar(&f.only, "only", nil, "only these variants, and the reference")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of tables")
	fl.StringVar(&f.out, "out", "", "also write every "+measured+" to DIR as Parquet (timings.parquet)")
	fl.StringVar(&f.cache, "cache", "", "cache folder with the generated scenes (default: as for eval)")
	fl.DurationVar(&b.MinTime, "min-time", 0, "measure each row at least this long (default: the suite's, 1s)")
	fl.DurationVar(&b.MaxTime, "max-time", 0, "measure each row at most this long (default: the suite's, 30s)")
	fl.IntVar(&b.MinCalls, "min-calls", 0, "minimum number of calls per row (default: the suite's, 64)")
	fl.Float64Var(&b.PricePerHour, "price", 0, "price of this machine in dollars per hour: adds items per dollar (default: the suite's)")
}

// config is a suite with only some variants, and with the settings of the command line.
func (f *suiteFlags) config(e *cli.Env, name string) (eval.Config, error) {
	suite, err := suite.Load(name)
	if err == nil {
		err = suite.Select(f.only, nil)
	}
	if err == nil {
		suite.Bench, err = overridden(suite.Bench, f.bench)
	}
	if err != nil {
		return eval.Config{}, cli.WrongCall(err)
	}
	return runcmd.EvalConfig(e, suite, runcmd.EvalFlags{Cache: f.cache})
}

// overridden returns the suite's settings with the changes of the flags.
func overridden(suite, flags suite.Bench) (suite.Bench, error) {
	if flags.MinTime != 0 {
		suite.MinTime = flags.MinTime
		suite.MaxTime = max(suite.MaxTime, suite.MinTime)
	}
	if flags.MaxTime != 0 {
		suite.MaxTime = flags.MaxTime
		if flags.MinTime == 0 {
			suite.MinTime = min(suite.MinTime, suite.MaxTime)
		}
	}
	if flags.MinCalls != 0 {
		suite.MinCalls = flags.MinCalls
	}
	if flags.PricePerHour != 0 {
		suite.PricePerHour = flags.PricePerHour
	}
	return suite, suite.Check()
}

func warnUnsteady(e *cli.Env, warnings []string) {
	for _, w := range warnings {
		fmt.Fprintf(e.Stderr, "warning: the machine was unsteady: %s\n", w)
	}
}
