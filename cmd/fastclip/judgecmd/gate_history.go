package judgecmd

import (
	"fmt"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/fastclip/fastclip/judge/history"
)

// follow also judges by the earlier nights below root.
func follow(result *gate.Result, compared *compare.Comparison, policy *gate.Policy, root string) error {
	h, err := history.Load(root)
	if err != nil {
		return fmt.Errorf("--history: %w", err)
	}
	for _, s := range h.Skipped {
		result.Notes = append(result.Notes, "--history: "+s.Dir+" is left out: "+s.Reason)
	}
	gate.Follow(result, compared, policy, h)
	return nil
}
