package tokenize

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// LoadVocabMerges reads the vocab.json and merges.txt of a Hugging Face CLIP tokenizer. The first maps units to
// ids. The second has one merge per line, after an optional #version line.
func LoadVocabMerges(vocabJSON, mergesTXT io.Reader) (*Vocab, error) {
	id, err := decodeIDs("vocab.json", vocabJSON)
	if err != nil {
		return nil, err
	}
	var merges []spelled
	sc := bufio.NewScanner(mergesTXT)
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSuffix(sc.Text(), "\r")
		if text == "" || line == 1 && strings.HasPrefix(text, "#version") {
			continue
		}
		m, err := parseMerge(text)
		if err != nil {
			return nil, fmt.Errorf("merges.txt: line %d: %w", line, err)
		}
		merges = append(merges, m)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("merges.txt: %w", err)
	}
	return newVocab("vocab.json and merges.txt", merges, id, startToken, endToken)
}

func decodeIDs(source string, r io.Reader) (map[string]int64, error) {
	var id map[string]int64
	if err := decodeOne(r, &id); err != nil {
		return nil, fmt.Errorf("%s: not an object of ids by unit: %w", source, err)
	}
	return id, nil
}

// decodeOne reads a JSON value and checks that nothing follows it.
func decodeOne(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("text follows the value, at byte %d", d.InputOffset())
	}
	return nil
}

// tokenizerJSON is the part of a tokenizer.json that affects ids.
type tokenizerJSON struct {
	AddedTokens []struct {
		ID      int64  `json:"id"`
		Content string `json:"content"`
	} `json:"added_tokens"`
	Model struct {
		Type   string           `json:"type"`
		Suffix string           `json:"end_of_word_suffix"`
		Vocab  map[string]int64 `json:"vocab"`
		Merges []jsonMerge      `json:"merges"`
	} `json:"model"`
}

// jsonMerge is "left right", or ["left", "right"] since tokenizers 0.20.
type jsonMerge spelled

func (m *jsonMerge) UnmarshalJSON(data []byte) error {
	var two []string
	if len(data) > 0 && data[0] == '[' {
		if err := json.Unmarshal(data, &two); err != nil {
			return err
		}
		if len(two) != 2 || two[0] == "" || two[1] == "" {
			return errors.New(clip(string(data)) + " is not a pair of units")
		}
		*m = jsonMerge{two[0], two[1]}
		return nil
	}
	var one string
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	parsed, err := parseMerge(one)
	*m = jsonMerge(parsed)
	return err
}

// LoadTokenizerJSON reads a CLIP tokenizer.json of Hugging Face's tokenizers: the model's vocabulary, its merges and the added tokens. It assumes that
// everything else in it (normaliser, pre-tokenizer) is CLIP's.
func LoadTokenizerJSON(r io.Reader) (*Vocab, error) {
	const source = "tokenizer.json"
	var file tokenizerJSON
	if err := decodeOne(r, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if m := file.Model; m.Type != "" && m.Type != "BPE" || m.Suffix != suffix {
		return nil, fmt.Errorf("%s: model of type %q with word suffix %q: CLIP's is BPE with %q", source, m.Type, m.Suffix, suffix)
	}
	id := file.Model.Vocab
	if id == nil {
		return nil, fmt.Errorf("%s: model has no vocab", source)
	}
	for _, t := range file.AddedTokens {
		id[t.Content] = t.ID
	}
	merges := make([]spelled, len(file.Model.Merges))
	for i, m := range file.Model.Merges {
		merges[i] = spelled(m)
	}
	return newVocab(source, merges, id, startToken, endToken)
}
