package suggest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/suggest"
)

func TestNearest(t *testing.T) {
	known := []string{"eval", "gate", "models", "int8/mini", "int8-channel/mini", "fast/mini"}
	for name, want := range map[string]string{
		"evla": "eval", "EVAL": "eval", "gat": "gate", "model": "models", "int8/minni": "int8/mini", "int-8/mini": "int8/mini",
		"fast": "fast/mini", "int8": "", "x": "", "": "", "nosuchcommand": "", "rate": "gate", "évall": "eval", "e": "",
	} {
		assert.Equal(t, want, suggest.Nearest(name, known), name)
	}
	assert.Equal(t, "fp16", suggest.Nearest("fp61", []string{"fp32", "fp16"}), "two letters changed places")
	assert.Equal(t, `; did you mean "gate"?`, suggest.Hint("gat", known))
	assert.Empty(t, suggest.Hint("nosuchcommand", known))
	assert.Empty(t, suggest.Hint("gate", nil))
}
