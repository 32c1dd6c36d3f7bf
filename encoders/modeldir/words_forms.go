package modeldir

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// ownCode rejects a tokenizer that is code, which is never run. Its tokenizer.json may still describe it.
func (r *reader) ownCode(dir string, have map[string][]byte, config tokenizerConfig) error {
	if len(config.Code) == 0 || string(config.Code) == "null" {
		return nil
	}
	file := path.Join(dir, "tokenizer_config.json")
	if have["tokenizer.json"] == nil {
		return fmt.Errorf("%s needs the model's own code (auto_map), which fastclip does not run: put a tokenizer.json there", file)
	}
	r.fault("%s needs the model's own code (auto_map), which fastclip does not run: tokenizer.json was used", file)
	return nil
}

// olderForms are older files for a tokenizer, which are next to its tokenizer.json or replace it. They are
// by the beginning of the class's name.
func olderForms() map[string][]string {
	return map[string][]string{
		"vocab.txt":               {"BertTokenizer", "DistilBert", "Electra", "MPNet", "MobileBert", "ConvBert"},
		"sentencepiece.bpe.model": {"XLMRoberta", "Camembert", "MBart", "Barthez"},
		"spiece.model":            {"Siglip", "T5", "MT5", "Albert", "XLNet", "Pegasus"},
		"tokenizer.model":         {"Llama", "CodeLlama", "Gemma"},
		"vocab.json":              {"CLIP", "GPT2", "Roberta", "BartTokenizer", "Qwen2"},
	}
}

// otherForms reports tokenizers next to the used one that differ from it: files of another class, and a
// vocabulary other than tokenizer.json's.
func (r *reader) otherForms(dir string, have map[string][]byte, config tokenizerConfig) {
	used, one := r.out.Words.From, ""
	for _, name := range []string{"vocab.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model", "vocab.json"} {
		switch {
		case have[name] == nil:
		case !ofClass(name, config.Class):
			r.fault("%s belongs to another kind of tokenizer than %s, which tokenizer_config.json names: remove the file that the model was not trained with", path.Join(dir, name), config.Class)
		case isGeneric(config.Class) && one != "":
			r.fault("%s and %s are two tokenizers, and no file says which one is the model's: remove the other one", path.Join(dir, one), path.Join(dir, name))
		default:
			one = name
		}
	}
	if one == "" || have["tokenizer.json"] == nil {
		return
	}
	if err := sameVocabulary(have["tokenizer.json"], one, have[one]); err != nil {
		r.fault("%s and %s do not agree: %v; %s was used", path.Join(dir, "tokenizer.json"), path.Join(dir, one), err, used)
	}
}

// ofClass tells whether a class reads a file. An unknown class may read any file.
func ofClass(file, class string) bool {
	known := false
	for name, prefixes := range olderForms() {
		for _, p := range prefixes {
			if strings.HasPrefix(class, p) {
				if known = true; name == file {
					return true
				}
			}
		}
	}
	return !known
}

// sameVocabulary compares the words and ids of a tokenizer.json with an older form, if that is text.
func sameVocabulary(tokenizer []byte, name string, older []byte) error {
	var file struct {
		Model struct {
			Vocab json.RawMessage `json:"vocab"`
		} `json:"model"`
		Added []struct {
			Content string `json:"content"`
			ID      int    `json:"id"`
		} `json:"added_tokens"`
	}
	var ids, others map[string]int
	if json.Unmarshal(tokenizer, &file) != nil || json.Unmarshal(file.Model.Vocab, &ids) != nil || len(ids) == 0 {
		return nil // a list of pieces, which has no text form
	}
	for _, t := range file.Added {
		ids[t.Content] = t.ID
	}
	switch name {
	case "vocab.txt":
		others = map[string]int{}
		for i, word := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(older), "\r\n", "\n"), "\n"), "\n") {
			others[word] = i
		}
	case "vocab.json":
		if err := json.Unmarshal(older, &others); err != nil {
			return err
		}
	}
	for word, id := range others {
		switch is, ok := ids[word]; {
		case !ok:
			return fmt.Errorf("%q is only in %s", word, name)
		case is != id:
			return fmt.Errorf("%q has the ids %d and %d", word, is, id)
		}
	}
	return nil
}
