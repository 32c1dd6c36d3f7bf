package timing

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// A variant whose pipeline is not built in has none, and pictures are timed without it.
func TestChooseWithoutPipeline(t *testing.T) {
	im := datasets.Image{Name: "a.png", Read: func(context.Context) ([]byte, error) { return nil, nil }}
	b := &timer{Input: Input{
		Timing: suite.Timing{Items: 2}, Set: &embed.Set{Good: []datasets.Image{im, im, im}},
		Variants: []*variants.Variant{{Status: store.StatusUnavailable}},
	}}
	b.choose(t.Context())
	assert.Len(t, b.good, 2)
}
