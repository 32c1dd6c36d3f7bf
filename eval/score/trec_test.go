package score

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTRECName(t *testing.T) {
	for id, want := range map[string]string{"a/b.jpg#0": "a/b.jpg#0", "hot dog/1.jpg": "hot%20dog/1.jpg", "#x": "%23x", "50%": "50%25", "": "%", "ü\u00a0": "ü%C2%A0"} {
		assert.Equal(t, want, trecName(id))
	}
}
