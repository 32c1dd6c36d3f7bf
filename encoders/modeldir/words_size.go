package modeldir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
)

// longest records how many ids a row has at most, as tokenizer_config.json says. Transformers writes a number beyond
// all bounds where nothing is known.
func (r *reader) longest(config tokenizerConfig) error {
	if len(config.Max) == 0 || string(config.Max) == "null" {
		return nil
	}
	n, err := strconv.ParseFloat(string(config.Max), 64)
	switch {
	case err != nil || n < 2:
		return fmt.Errorf("model_max_length is %.40s: want a number of ids, at least 2", config.Max)
	case n <= maxContext:
		r.limit(int(n))
	}
	return nil
}

// maxCounted is the largest tokenizer.json whose words are counted: reading a larger one takes longer than it tells.
const maxCounted = 4 << 20

// vocabulary reports a tokenizer that has more ids than the model's configuration, whose table has no rows for them.
func (r *reader) vocabulary(dir string, have map[string][]byte) {
	said, n, file := r.text.of(r.text.Text).Vocab, 0, ""
	switch {
	case said == 0:
	case have["vocab.txt"] != nil:
		file, n = "vocab.txt", bytes.Count(bytes.TrimSpace(have["vocab.txt"]), []byte("\n"))+1
	case have["vocab.json"] != nil:
		file, n = "vocab.json", idsOf(have["vocab.json"])
	case len(have["tokenizer.json"]) > 0 && len(have["tokenizer.json"]) <= maxCounted:
		var all struct {
			Model struct {
				Vocab json.RawMessage `json:"vocab"`
			} `json:"model"`
		}
		if json.Unmarshal(have["tokenizer.json"], &all) == nil {
			file, n = "tokenizer.json", idsOf(all.Model.Vocab)
		}
	}
	if n > said {
		r.fault("%s has %d ids, %s says a vocabulary of %d", path.Join(dir, file), n, r.text.file, said)
	}
}

// idsOf is one more than the largest id of words: an object of ids, or a list in their order.
func idsOf(vocab []byte) (n int) {
	var ids map[string]int
	var list []json.RawMessage
	switch {
	case json.Unmarshal(vocab, &ids) == nil:
		for _, id := range ids {
			n = max(n, id+1)
		}
	case json.Unmarshal(vocab, &list) == nil:
		n = len(list)
	}
	return n
}
