package encoders

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTrim(t *testing.T) {
	row := func(ids ...int64) []int64 { return ids }
	tests := []struct {
		name string
		in   Tokens
		want Tokens
	}{
		{"one row", Tokens{1, 5, row(1, 2, EOT, 0, 0)}, Tokens{1, 3, row(1, 2, EOT)}},
		{"the longest rules", Tokens{2, 4, row(1, EOT, 0, 0, 1, 2, EOT, 0)}, Tokens{2, 3, row(1, EOT, 0, 1, 2, EOT)}},
		{"padding of EOT", Tokens{1, 4, row(1, EOT, EOT, EOT)}, Tokens{1, 2, row(1, EOT)}},
		{"full row", Tokens{1, 2, row(1, EOT)}, Tokens{1, 2, row(1, EOT)}},
		{"no EOT: nothing is cut", Tokens{1, 3, row(1, 2, 3)}, Tokens{1, 3, row(1, 2, 3)}},
		{"empty", Tokens{}, Tokens{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, trim(tt.in)) })
	}
}

func TestAttentionCoversEOT(t *testing.T) {
	assert.Equal(t, []int64{1, 1, 0, 1, 1, 1}, attention(Tokens{2, 3, []int64{1, EOT, 0, 1, 2, EOT}}))
}
