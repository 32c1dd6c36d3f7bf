package modeldir

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"

	"github.com/fastclip/fastclip/encoders/tokenize"
)

// tokenizerConfig is the part of tokenizer_config.json that is read.
type tokenizerConfig struct {
	Class  string           `json:"tokenizer_class"`
	Max    json.RawMessage  `json:"model_max_length"`
	Lower  *bool            `json:"do_lower_case"`
	Prefix bool             `json:"add_prefix_space"`
	Side   string           `json:"padding_side"`
	Cut    string           `json:"truncation_side"`
	Split  bool             `json:"split_special_tokens"`
	Code   json.RawMessage  `json:"auto_map"`
	BOS    any              `json:"bos_token"`
	EOS    any              `json:"eos_token"`
	Added  map[string]added `json:"added_tokens_decoder"`
	AddBOS *bool            `json:"add_bos_token"`
	AddEOS *bool            `json:"add_eos_token"`
	otherTokens

	others []string // tokens from files next to it
}

// otherTokens are special tokens that texts may contain, besides the start and the end. Each is a text or an object;
// some are lists or objects of them.
type otherTokens struct {
	Pad        any `json:"pad_token"`
	Unknown    any `json:"unk_token"`
	Additional any `json:"additional_special_tokens"`
	Extra      any `json:"extra_special_tokens"`
}

// contents are the texts of tokens.
func contents(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, t := range v {
			out = append(out, contents(t)...)
		}
	case map[string]any:
		if text, ok := v["content"].(string); ok {
			return []string{text}
		}
		for _, t := range v {
			out = append(out, contents(t)...)
		}
	}
	return out
}

type added struct {
	Content string `json:"content"`
}

// CLIP's special tokens, and those that some exporters pad with.
const startToken, endToken = "<|startoftext|>", "<|endoftext|>"

// beside adds the tokens of special_tokens_map.json and added_tokens.json.
func (c *tokenizerConfig) beside(have map[string][]byte) error {
	var special struct {
		BOS any `json:"bos_token"`
		EOS any `json:"eos_token"`
		otherTokens
	}
	var more map[string]int
	if err := errors.Join(parse(have, "special_tokens_map.json", &special), parse(have, "added_tokens.json", &more)); err != nil {
		return err
	}
	if c.BOS == nil {
		c.BOS = special.BOS
	}
	if c.EOS == nil {
		c.EOS = special.EOS
	}
	c.others = slices.Collect(maps.Keys(more))
	for _, o := range []otherTokens{c.otherTokens, special.otherTokens} {
		c.others = append(c.others, contents([]any{o.Pad, o.Unknown, o.Additional, o.Extra})...)
	}
	return nil
}

// plain tells whether the config asks only for what CLIP's own tokenizer does.
func (c tokenizerConfig) plain() bool {
	token := func(v any, want string) bool {
		if m, ok := v.(map[string]any); ok {
			v = m["content"]
		}
		return v == nil || v == want
	}
	all := slices.Clone(c.others)
	for _, t := range c.Added {
		all = append(all, t.Content)
	}
	for _, t := range all {
		if !slices.Contains([]string{startToken, endToken, "!"}, t) {
			return false
		}
	}
	on := func(v *bool) bool { return v == nil || *v }
	return on(c.Lower) && on(c.AddBOS) && on(c.AddEOS) && !c.Prefix && c.Side != "left" && c.Cut != "left" && !c.Split && token(c.BOS, startToken) && token(c.EOS, endToken)
}

// clip reads the vocabulary of CLIP's byte-pair encoding in a folder. Other vocabulary files in the folder
// must agree.
func (r *reader) clip(dir string) (err error) {
	w, here := &r.out.Words, sub(r.fsys, dir)
	if w.Vocab, err = tokenize.LoadFolder(here); err != nil {
		return err
	}
	if w.Vocab == nil {
		return fmt.Errorf("%s has merges.txt without its vocab.json: put it there", dir)
	}
	for _, name := range []string{"tokenizer.json", "vocab.json", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"} {
		if !r.used[path.Join(dir, name)] {
			continue
		}
		other, err := tokenize.LoadFile(here, name)
		switch {
		case err != nil:
			r.fault("%s cannot be used beside %s: %v", path.Join(dir, name), w.From, err)
		case other.Key() != w.Vocab.Key():
			r.fault("%s and %s have different vocabularies: keep only one", w.From, path.Join(dir, name))
		}
	}
	return nil
}

// clipParts is what CLIP's tokenizer.json does around its vocabulary, as transformers writes it.
const clipParts = `{
	"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
	"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
		{"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": true},
		{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}]},
	"post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", 49407], "cls": ["<|startoftext|>", 49406], "trim_offsets": false, "add_prefix_space": false}
}`

// plainCLIP tells whether a tokenizer.json cleans, splits and ends texts as CLIP's does. A step that it
// does not mention is as in CLIP's; null means that the step is left out.
func plainCLIP(data []byte) bool {
	var want, file map[string]any
	var parts struct {
		Added []added `json:"added_tokens"`
		Model struct {
			Dropout *float64 `json:"dropout"`
			Prefix  string   `json:"continuing_subword_prefix"`
			Bytes   bool     `json:"byte_fallback"`
			Fuse    bool     `json:"fuse_unk"`
			Ignore  bool     `json:"ignore_merges"`
		} `json:"model"`
	}
	if json.Unmarshal([]byte(clipParts), &want) != nil || json.Unmarshal(data, &file) != nil || json.Unmarshal(data, &parts) != nil {
		return false
	}
	for name, part := range want {
		if got, ok := file[name]; ok && !alike(got, part) {
			return false
		}
	}
	for _, t := range parts.Added {
		if t.Content != startToken && t.Content != endToken {
			return false
		}
	}
	m := parts.Model
	return (m.Dropout == nil || *m.Dropout == 0) && m.Prefix == "" && !m.Bytes && !m.Fuse && !m.Ignore
}

// alike compares a part. It ignores the ids of special tokens, and what library versions add.
func alike(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for k, v := range want {
			ok = ok && alike(got[k], v)
		}
		return ok
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(want) {
			return false
		}
		for i := range want {
			if _, id := want[i].(float64); !id && !alike(got[i], want[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}
