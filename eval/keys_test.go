package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
)

// TestPlanKeyStays: the key of a plan is what it was before eval was split into rooms (at aaa3ae3), so
// that runs of before are the same plan still. Change it on purpose only.
func TestPlanKeyStays(t *testing.T) {
	one := &embed.Set{Spec: suite.DatasetSpec{Name: "one"}}
	one.Info.Hash = "pictures"
	r := &run{
		suite: &suite.Suite{SHA256: "suite", Skip: []string{"timing", "swaps"}}, cfg: Config{Build: "a build"},
		host: machine.Host{Name: "box", CPU: "a CPU", Cores: 2}, sets: []*embed.Set{one},
		variants: []*variants.Variant{
			{Spec: encoders.Spec{Name: "v"}, Status: "ok", ImageKey: "i", TextKey: "t"},
			{Status: "failed", Reason: "no file"},
		},
	}
	assert.Equal(t, "16692a1a9963fd359fdf24076eb859b1688b9535fbe8848115c9da434864784a", r.planKey())
}
