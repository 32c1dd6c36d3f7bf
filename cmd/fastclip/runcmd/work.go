package runcmd

import (
	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/scale"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
)

// NewWorkCmd is the command fastclip work.
func NewWorkCmd(e *cli.Env) *cobra.Command { return scaled(e).NewWork() }

// scaled describes this program to package scale, which starts it in several processes.
func scaled(e *cli.Env) scale.Program {
	return scale.Program{Env: e, Config: func(s *suite.Suite, cache string) (eval.Config, error) {
		return EvalConfig(e, s, EvalFlags{Cache: cache})
	}}
}
