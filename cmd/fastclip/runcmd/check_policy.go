package runcmd

import (
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/judge/gate"
)

// checkPolicy reads a policy and sees that its rules fit a suite's variants, where there is a suite.
func checkPolicy(path string, of *suite.Suite) error {
	p, err := gate.LoadPolicy(path)
	if err != nil || of == nil {
		return err
	}
	return p.Fits(of.VariantNames())
}
