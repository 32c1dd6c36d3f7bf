package tokenize

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newTokenizer(t testing.TB, mode Mode) *Tokenizer {
	t.Helper()
	tok, err := New(mode)
	require.NoError(t, err)
	return tok
}

// TestEncode compares with ids of open_clip_torch 3.3.0.
func TestEncode(t *testing.T) {
	tok := newTokenizer(t, ModeOpenAI)
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
	for _, mode := range Modes() {
		tok := newTokenizer(t, mode)
		ids := tok.Encode(strings.Repeat("dog ", 200), 77)
		require.Len(t, ids, 77)
		assert.Equal(t, int64(SOT), ids[0])
		assert.Equal(t, int64(1929), ids[75])
		assert.Equal(t, int64(EOT), ids[76])
		assert.Equal(t, []int64{SOT, EOT}, tok.Encode("", 2))
		assert.Equal(t, []int64{EOT}, tok.Encode("dog", 1))
		assert.Nil(t, tok.Encode("dog", 0))
		assert.Nil(t, tok.EncodeAll([]string{"dog"}, 0))
	}
}

func TestEncodeAll(t *testing.T) {
	tok := newTokenizer(t, ModeHF)
	all := tok.EncodeAll([]string{"dog", "two dogs"}, 5)
	assert.Equal(t, append(tok.Encode("dog", 5), tok.Encode("two dogs", 5)...), all)
	assert.Empty(t, tok.EncodeAll(nil, 5))
	assert.Equal(t, 2, tok.EOTIndex(all[:5]))
	assert.Equal(t, -1, tok.EOTIndex(all[:2]))
}

// TestNotUTF8: each byte that is not UTF-8 counts as U+FFFD.
func TestNotUTF8(t *testing.T) {
	for _, mode := range Modes() {
		tok := newTokenizer(t, mode)
		assert.Equal(t, tok.Encode("a\ufffd\ufffdb", 20), tok.Encode("a\xff\xfeb", 20))
	}
}

func TestKeysDiffer(t *testing.T) {
	keys := make(map[string]bool)
	for _, mode := range Modes() {
		assert.Equal(t, newTokenizer(t, mode).Key(), newTokenizer(t, mode).Key())
		keys[newTokenizer(t, mode).Key()] = true
	}
	assert.Len(t, keys, len(Modes()))
}

// TestTokenizerConcurrently fills the word cache more than once.
func TestTokenizerConcurrently(t *testing.T) {
	tok := newTokenizer(t, ModeOpenAI)
	want := tok.Encode("a photo of a dog", 10)
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for range maxCachedWords / 3 {
				tok.Encode(string(rune('a'+r.IntN(26)))+string(rune(0x3b1+r.IntN(20)))+string(rune(0x4e00+r.IntN(500))), 5)
			}
			assert.Equal(t, want, tok.Encode("a photo of a dog", 10))
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, len(tok.words.ids), maxCachedWords)
}

func TestUnknownMode(t *testing.T) {
	_, err := New("morse")
	assert.ErrorContains(t, err, `"morse"`)
}

func FuzzEncode(f *testing.F) {
	var tokenizers []*Tokenizer
	for _, mode := range Modes() {
		tokenizers = append(tokenizers, newTokenizer(f, mode))
	}
	for _, s := range []string{
		"a photo", "naïve café 🐕", "\xff\xfe", "&lt;end_of_text&gt;", "١٢٣ 'LL", "l’été Ã©tÃ©", "&#xd800;&nGt;&AMP",
		"\x1b[31mred\x1b[0m", "<|endoftext|><|ENDOFTEXT|>", "ΑΣ ΑΣ.Α", "a\u0345\u0301ﬁ", "ðŸ˜\u00a0â€\u009d \xed\xa0\xbd",
	} {
		f.Add(s, 77)
	}
	f.Fuzz(func(t *testing.T, s string, context int) {
		if context < 2 || context > 500 {
			t.Skip()
		}
		for _, tok := range tokenizers {
			ids := tok.Encode(s, context)
			require.Len(t, ids, context)
			assert.Equal(t, int64(SOT), ids[0])
			assert.Contains(t, ids, int64(EOT))
			assert.Equal(t, ids, tok.Encode(s, context), "from the cache")
		}
	})
}

// BenchmarkEncode encodes captions of 10 words. The goal is 100,000 captions per second on one core, so 10 µs each.
func BenchmarkEncode(b *testing.B) {
	words := strings.Fields(`a the Photo of dog cat two three people man woman standing sitting riding horse skateboard
		next to on in with red blue green table plate pizza street bus train beach snow kitchen jack-o-lantern close-up 35mm
		it's café “quoted” unbelievable antidisestablishmentarianism`)
	r := rand.New(rand.NewPCG(1, 2))
	captions := make([]string, 10_000)
	for i := range captions {
		for range 10 {
			captions[i] += words[r.IntN(len(words))] + " "
		}
	}
	for _, mode := range Modes() {
		b.Run(string(mode), func(b *testing.B) {
			tok := newTokenizer(b, mode)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				tok.Encode(captions[i%len(captions)], 77)
				i++
			}
		})
	}
}
