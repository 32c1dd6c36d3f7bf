package judgecmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// confirmFlags say whether and how doubtful timings are run again.
type confirmFlags struct {
	on          bool
	suite       string // the file of the runs' suite, when it is no embedded one
	baseProgram string // of BASE's time, or "" where BASE's own timings stand
	cache       string
	reruns      int
}

// errNotAtHand says that what HEAD was cannot be run here and now.
var errNotAtHand = errors.New("not at hand")

// confirm judges again with re-runs where the first verdict depends on timings. When HEAD is not at
// hand, the first verdict stands, and says so.
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
