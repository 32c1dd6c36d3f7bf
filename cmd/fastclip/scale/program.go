package scale

import (
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
)

// Program is what these commands need from the program that they are part of.
type Program struct {
	*cli.Env
	Config func(s *suite.Suite, cache string) (eval.Config, error)
}
