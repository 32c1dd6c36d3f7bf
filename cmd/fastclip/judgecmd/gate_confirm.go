package judgecmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// confirmFlags say whether and how doubtful timings are measured again.
type confirmFlags struct {
	on          bool
	suite       string // the file of the runs' suite, if it is not a built-in one
	baseProgram string // fastclip as it was at BASE's time, or "" to keep BASE's own timings
	cache       string
	reruns      int
}

// errNotAtHand means that HEAD cannot be run again on this machine.
var errNotAtHand = errors.New("cannot be run again")

// confirm measures again if the first verdict depends on timings, and judges again. If HEAD cannot be run again, the first verdict stands, and says so.
func confirm(ctx context.Context, e *cli.Env, f confirmFlags, base, head compare.Run, c *compare.Comparison, opt compare.Options, p *gate.Policy) (*gate.Result, error) {
	first := gate.Judge(c, p)
	if !f.on || !first.Doubtful() {
		return first, nil
	}
	again, err := rerun(ctx, e, f, base, head, c, opt)
	if errors.Is(err, errNotAtHand) {
		first.Notes = append(first.Notes, fmt.Sprintf("timings were not run again: %v", err))
		return first, nil
	}
	if err != nil {
		return nil, err
	}
	return gate.Confirm(c, p, again, f.baseProgram != ""), nil
}
