package tokenize

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bpeText is the embedded vocabulary, decompressed.
func bpeText(t testing.TB) string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(vocabulary))
	require.NoError(t, err)
	text, err := io.ReadAll(zr)
	require.NoError(t, err)
	return string(text)
}

// clipFiles returns CLIP's ids by unit, and its merges, in the form of Hugging Face's files.
func clipFiles(t testing.TB) (id map[string]int64, merges []string) {
	t.Helper()
	merges = strings.Split(bpeText(t), "\n")[1 : 1+Size-512-2]
	id = map[string]int64{startToken: SOT, endToken: EOT}
	for i, b := range unitOrder() {
		id[byteUnits()[b]], id[byteUnits()[b]+suffix] = int64(i), int64(256+i)
	}
	for i, m := range merges {
		id[strings.Replace(m, " ", "", 1)] = int64(512 + i)
	}
	return id, merges
}

// tokenizerFile is a small tokenizer.json; changes replaces parts of it.
func tokenizerFile(changes map[string]any) string {
	model := map[string]any{
		"type": "BPE", "end_of_word_suffix": suffix,
		"vocab": map[string]int64{"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4}, "merges": []any{"a b</w>"},
	}
	maps.Copy(model, changes)
	return jsonText(map[string]any{"model": model, "added_tokens": []any{
		map[string]any{"id": 5, "content": startToken, "special": true}, map[string]any{"id": 6, "content": endToken},
	}})
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestLoadersAgree: CLIP's vocabulary is the same from every kind of file.
func TestLoadersAgree(t *testing.T) {
	id, merges := clipFiles(t)
	want := newTokenizer(t, ModeHF)
	var pairs [][]string
	for _, m := range merges {
		pairs = append(pairs, strings.Fields(m))
	}
	for name, load := range map[string]func() (*Vocab, error){
		"bpe": func() (*Vocab, error) { return LoadBPE(strings.NewReader(bpeText(t))) },
		"vocab.json": func() (*Vocab, error) {
			return LoadVocabMerges(strings.NewReader(jsonText(id)), strings.NewReader("#version: 0.2\n"+strings.Join(merges, "\n")))
		},
		"crlf": func() (*Vocab, error) {
			return LoadVocabMerges(strings.NewReader(jsonText(id)), strings.NewReader(strings.Join(merges, "\r\n")+"\r\n"))
		},
		"tokenizer.json": func() (*Vocab, error) {
			return LoadTokenizerJSON(strings.NewReader(tokenizerJSONOf(id, merges)))
		},
		"tokenizer.json of pairs": func() (*Vocab, error) {
			return LoadTokenizerJSON(strings.NewReader(tokenizerJSONOf(id, pairs)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := load()
			require.NoError(t, err)
			assert.Equal(t, Size, v.Size())
			for _, mode := range Modes() {
				tok, err := NewWithVocab(mode, v)
				require.NoError(t, err)
				assert.Equal(t, newTokenizer(t, mode).Key(), tok.Key())
			}
			tok, err := NewWithVocab(ModeHF, v)
			require.NoError(t, err)
			for _, text := range []string{"", "a photo of a dog", "jack-o-lantern’s 犬", "<|endoftext|>!"} {
				assert.Equal(t, want.Encode(text, 20), tok.Encode(text, 20))
			}
		})
	}
}

func tokenizerJSONOf(id map[string]int64, merges any) string {
	return jsonText(map[string]any{
		"added_tokens": []any{map[string]any{"id": SOT, "content": startToken}, map[string]any{"id": EOT, "content": endToken}},
		"model":        map[string]any{"end_of_word_suffix": suffix, "vocab": id, "merges": merges},
	})
}

// TestMergesRankInOrder: no merge makes a unit that an earlier merge needs. The heap relies on this.
func TestMergesRankInOrder(t *testing.T) {
	_, merges := clipFiles(t)
	made := make(map[string]bool)
	for _, units := range byteUnits() {
		made[units], made[units+suffix] = true, true
	}
	for i, m := range merges {
		left, right, _ := strings.Cut(m, " ")
		require.True(t, made[left] && made[right], "merge %d, %q", i, m)
		require.False(t, made[left+right], "merge %d, %q", i, m)
		made[left+right] = true
	}
}

// TestFewUnits: a byte that the vocabulary lacks becomes the end token. Only ModeHF allows such vocabularies.
func TestFewUnits(t *testing.T) {
	v, err := LoadTokenizerJSON(strings.NewReader(tokenizerFile(nil)))
	require.NoError(t, err)
	assert.Equal(t, 7, v.Size())
	tok, err := NewWithVocab(ModeHF, v)
	require.NoError(t, err)
	assert.Equal(t, []int64{5, 4, 0, 2, 6, 3, 6, 6}, tok.Encode("ab aa cb", 8))
	_, err = NewWithVocab(ModeOpenAI, v)
	assert.ErrorContains(t, err, "lacks 508 of the 512")
}

func TestLoadBPEErrors(t *testing.T) {
	text := bpeText(t)
	lines := strings.Split(text, "\n")
	for name, tt := range map[string]struct{ text, want string }{
		"empty":     {"", "0 merges, want 48894"},
		"cut off":   {text[:10_000], "is the file cut off"},
		"no pair":   {lines[0] + "\n" + lines[1] + "\nthree of them\n", `line 3: "three of them" is not a pair`},
		"twice":     {lines[0] + "\n" + lines[1] + "\n" + lines[1] + "\n", "line 3: \"in\" comes twice"},
		"no unit":   {strings.Replace(text, "\ni n\n", "\nnosuch unit\n", 1), `merge "nosuch" "unit"`},
		"long line": {"\n" + strings.Repeat("x", 1<<17), "line 2: bufio"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadBPE(strings.NewReader(tt.text))
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestLoadVocabMergesErrors(t *testing.T) {
	good := fmt.Sprintf(`{"a": 0, "b</w>": 1, "ab</w>": 2, %q: 3, %q: 4}`, startToken, endToken)
	for name, tt := range map[string]struct{ vocab, merges, want string }{
		"none":         {"", "", "vocab.json: not an object"},
		"array":        {"[]", "", "vocab.json: not an object"},
		"null":         {"null", "", "this is not a CLIP vocabulary"},
		"two":          {good + " {}", "", "text follows"},
		"brace":        {good + " }", "", "text follows"},
		"no specials":  {`{"a": 0}`, "", "this is not a CLIP vocabulary"},
		"fraction":     {`{"a": 0.5}`, "", "vocab.json: not an object"},
		"negative":     {strings.Replace(good, "0", "-1", 1), "", "id -1 of \"a\" is out of range"},
		"large":        {strings.Replace(good, "0", "2147483648", 1), "", "out of range"},
		"one unit":     {good, "#version: 0.2\na\n", `merges.txt: line 2: "a" is not a pair`},
		"version late": {good, "a b</w>\n#version\n", "line 2"},
		"strange":      {good, "a c</w>\n", "do not belong together"},
		"no result":    {good, "a a\n", "do not belong together"},
		"twice":        {good, "a b</w>\na b</w>\n", "comes twice"},
		"long line":    {good, strings.Repeat("x", 1<<17), "merges.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadVocabMerges(strings.NewReader(tt.vocab), strings.NewReader(tt.merges))
			assert.ErrorContains(t, err, tt.want)
		})
	}
	_, err := LoadVocabMerges(strings.NewReader(good), strings.NewReader("a b</w>\n\n"))
	assert.NoError(t, err)
}

func TestLoadTokenizerJSONErrors(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"none":       {"", "tokenizer.json"},
		"no model":   {"{}", "word suffix \"\""},
		"two":        {tokenizerFile(nil) + "1", "text follows"},
		"other type": {tokenizerFile(map[string]any{"type": "WordPiece"}), `type "WordPiece"`},
		"no suffix":  {tokenizerFile(map[string]any{"end_of_word_suffix": nil}), "word suffix"},
		"no vocab":   {tokenizerFile(map[string]any{"vocab": nil}), "no vocab"},
		"three":      {tokenizerFile(map[string]any{"merges": []any{[]string{"a", "b", "c"}}}), "not a pair"},
		"empty":      {tokenizerFile(map[string]any{"merges": []any{[]string{"a", ""}}}), "not a pair"},
		"null":       {tokenizerFile(map[string]any{"merges": []any{nil}}), "not a pair"},
		"number":     {tokenizerFile(map[string]any{"merges": []any{1}}), "tokenizer.json"},
		"strange":    {tokenizerFile(map[string]any{"merges": []any{"a z"}}), "do not belong together"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadTokenizerJSON(strings.NewReader(tt.text))
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

// usable checks that a vocabulary that a loader accepted can encode texts.
func usable(t *testing.T, v *Vocab, err error) {
	if err != nil {
		return
	}
	tok, err := NewWithVocab(ModeHF, v)
	require.NoError(t, err)
	ids := tok.Encode("ab ba <|endoftext|> é!", 30)
	assert.Len(t, ids, 30)
	assert.False(t, slices.ContainsFunc(ids, func(id int64) bool { return id < 0 }))
}

func FuzzLoadTokenizerJSON(f *testing.F) {
	f.Add([]byte(tokenizerFile(nil)))
	f.Add([]byte(tokenizerFile(map[string]any{"merges": []any{[]string{"a", "b</w>"}}})))
	f.Add([]byte(`{"model": null, "added_tokens": [{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := LoadTokenizerJSON(bytes.NewReader(data))
		usable(t, v, err)
	})
}

func FuzzLoadVocabMerges(f *testing.F) {
	f.Add([]byte(`{"a": 0, "b</w>": 1, "ab</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}`), []byte("#version: 0.2\na b</w>\n"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		v, err := LoadVocabMerges(bytes.NewReader(vocab), bytes.NewReader(merges))
		usable(t, v, err)
	})
}

func FuzzLoadBPE(f *testing.F) {
	f.Add([]byte("header\ni n\nt h\nth e</w>\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := LoadBPE(bytes.NewReader(data))
		usable(t, v, err)
	})
}
