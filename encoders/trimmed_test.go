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
		{"one row", Tokens{N: 1, Len: 5, IDs: row(1, 2, EOT, 0, 0)}, Tokens{N: 1, Len: 3, IDs: row(1, 2, EOT)}},
		{"the longest rules", Tokens{N: 2, Len: 4, IDs: row(1, EOT, 0, 0, 1, 2, EOT, 0)}, Tokens{N: 2, Len: 3, IDs: row(1, EOT, 0, 1, 2, EOT)}},
		{"padding of EOT", Tokens{N: 1, Len: 4, IDs: row(1, EOT, EOT, EOT)}, Tokens{N: 1, Len: 2, IDs: row(1, EOT)}},
		{"full row", Tokens{N: 1, Len: 2, IDs: row(1, EOT)}, Tokens{N: 1, Len: 2, IDs: row(1, EOT)}},
		{"no EOT: nothing is cut", Tokens{N: 1, Len: 3, IDs: row(1, 2, 3)}, Tokens{N: 1, Len: 3, IDs: row(1, 2, 3)}},
		{"empty", Tokens{}, Tokens{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, trim(tt.in)) })
	}
}

func TestAttentionCoversEOT(t *testing.T) {
	assert.Equal(t, []int64{1, 1, 0, 1, 1, 1}, Tokens{N: 2, Len: 3, IDs: []int64{1, EOT, 0, 1, 2, EOT}}.Attention())
}
