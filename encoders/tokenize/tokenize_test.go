package tokenize

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Expected ids are open_clip_torch 3.3.0's own.
func TestEncode(t *testing.T) {
	tok, err := New(ModeOpenAI)
	require.NoError(t, err)
	tests := []struct {
		text string
		want []int64
	}{
		{"", nil},
		{"a photo of a dog", []int64{320, 1125, 539, 320, 1929}},
		{"A  Photo of\ta dog ", []int64{320, 1125, 539, 320, 1929}},
		{"a photo of a jack-o-lantern", []int64{320, 1125, 539, 320, 3267, 268, 334, 268, 17185}},
		{"it's 42 &amp;amp; more!!", []int64{585, 568, 275, 273, 261, 750, 748}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			want := append([]int64{SOT}, tt.want...)
			want = append(want, EOT)
			assert.Equal(t, append(want, make([]int64, 77-len(want))...), tok.Encode(tt.text, 77))
		})
	}
}

func TestEncodeCutsButKeepsEOT(t *testing.T) {
	tok, err := New(ModeOpenAI)
	require.NoError(t, err)
	ids := tok.Encode(strings.Repeat("dog ", 200), 77)
	require.Len(t, ids, 77)
	assert.Equal(t, int64(SOT), ids[0])
	assert.Equal(t, int64(1929), ids[75])
	assert.Equal(t, int64(EOT), ids[76])
	assert.Equal(t, []int64{SOT, EOT}, tok.Encode("", 2))
}

func TestUnknownMode(t *testing.T) {
	_, err := New("morse")
	assert.ErrorContains(t, err, `"morse"`)
}

func FuzzEncode(f *testing.F) {
	tok, err := New(ModeOpenAI)
	require.NoError(f, err)
	for _, s := range []string{"a photo", "naïve café 🐕", "\xff\xfe", "&lt;end_of_text&gt;", "١٢٣ 'LL"} {
		f.Add(s, 77)
	}
	f.Fuzz(func(t *testing.T, s string, context int) {
		if context < 2 || context > 500 {
			t.Skip()
		}
		ids := tok.Encode(s, context)
		require.Len(t, ids, context)
		assert.Equal(t, int64(SOT), ids[0])
		assert.Contains(t, ids, int64(EOT))
	})
}
