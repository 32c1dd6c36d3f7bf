package benchcmd

import (
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

// addBenchFlags are those that override the suite's bench settings.
func addBenchFlags(cmd *cobra.Command, b *suite.Bench) {
	fl := cmd.Flags()
	fl.DurationVar(&b.MinTime, "min-time", 0, "measure each row at least this long (default: the suite's, 1s)")
	fl.DurationVar(&b.MaxTime, "max-time", 0, "measure each row at most this long (default: the suite's, 30s)")
	fl.IntVar(&b.MinCalls, "min-calls", 0, "minimum number of calls per row (default: the suite's, 64)")
	fl.Float64Var(&b.PricePerHour, "price", 0, "price of this machine in dollars per hour: adds items per dollar (default: the suite's)")
}

// benchConfig is a suite with only some variants, and with the settings of the command line.
func benchConfig(e *cli.Env, name string, only []string, flags suite.Bench, cache string) (eval.Config, error) {
	suite, err := suite.Load(name)
	if err == nil {
		err = suite.Select(only, nil)
	}
	if err == nil {
		suite.Bench, err = overridden(suite.Bench, flags)
	}
	if err != nil {
		return eval.Config{}, cli.WrongCall(err)
	}
	return runcmd.EvalConfig(e, suite, runcmd.EvalFlags{Cache: cache})
}

// overridden is the suite's settings, changed by what the flags set.
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
