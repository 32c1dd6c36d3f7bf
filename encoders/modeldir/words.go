package modeldir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// Files that identify the kind of a tokenizer.
var (
	clipFiles    = []string{"tokenizer.json", "vocab.json", "merges.txt", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"}
	libraryFiles = []string{"vocab.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"}
	besideFiles  = []string{"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
)

// Words is how a model's texts become ids. When both fields are nil, no file of the folder says so, and
// CLIP's own vocabulary applies.
type Words struct {
	Vocab   *tokenize.Vocab   // of CLIP's byte-pair encoding
	Library *librarytok.Model // of any other kind
	Context int               // ids in a row as the files say; 0 when they do not
	From    string            // for people: the file that gives the kind
}

// isCLIP tells whether a class of transformers uses CLIP's byte-pair encoding.
func isCLIP(class string) bool {
	return slices.Contains([]string{"CLIPTokenizer", "CLIPTokenizerFast"}, class)
}

// genericClasses say nothing of the kind: tokenizer.json does.
func isGeneric(class string) bool {
	return slices.Contains([]string{"", "PreTrainedTokenizerFast", "PreTrainedTokenizer", "TokenizersBackend"}, class)
}

// words finds the tokenizer in the places, starting nearest to the text tower.
func (r *reader) words(places []string) error {
	dir, ok, err := r.where(places, slices.Concat(clipFiles, libraryFiles))
	if err != nil {
		return err
	}
	if !ok {
		return r.wordless()
	}
	have := map[string][]byte{}
	for _, name := range slices.Concat(clipFiles, libraryFiles, besideFiles) {
		if data, err := fs.ReadFile(r.fsys, path.Join(dir, name)); err == nil {
			have[name], r.used[path.Join(dir, name)] = data, true
			if len(data) == 0 && name != "merges.txt" {
				return fmt.Errorf("%s is empty", path.Join(dir, name))
			}
			if IsPointer(data) {
				return fmt.Errorf("%s: %w", path.Join(dir, name), ErrPointer)
			}
		} else if slices.Contains(r.tree.broken, path.Join(dir, name)) {
			return fmt.Errorf("%s is a link that leads nowhere", path.Join(dir, name))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	var config tokenizerConfig
	if err := parse(have, "tokenizer_config.json", &config); err != nil {
		return err
	}
	if err := r.longest(config); err != nil {
		return fmt.Errorf("%s: %w", path.Join(dir, besideFiles[0]), err)
	}
	w := &r.out.Words
	if err := config.beside(have); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	kind, from, err := kindOf(have, config)
	if err != nil {
		return fmt.Errorf("%s: %w", path.Join(dir, from), err)
	}
	r.vocabulary(dir, have)
	if w.From = path.Join(dir, from); kind == "clip" {
		return r.clip(dir)
	}
	data, typed := r.modelType()
	if typed {
		have["config.json"] = data
	}
	if have["tokenizer.json"] == nil && isGeneric(config.Class) && !typed {
		return fmt.Errorf("%s does not name the class of its tokenizer: put the model's tokenizer_config.json beside it, or its tokenizer.json", w.From)
	}
	if err := r.ownCode(dir, have, config); err != nil {
		return err
	}
	r.otherForms(dir, have, config)
	w.Library = &librarytok.Model{Files: have}
	return r.cleaning(w.Library)
}

// kindOf is "clip" or "library", and the file that tells which.
func kindOf(have map[string][]byte, config tokenizerConfig) (kind, from string, err error) {
	other := ""
	for _, name := range libraryFiles {
		if have[name] != nil {
			other = name
		}
	}
	_, hasJSON := have["tokenizer.json"]
	var readable error
	if hasJSON {
		_, readable = tokenize.LoadTokenizerJSON(strings.NewReader(string(have["tokenizer.json"])))
		if !json.Valid(have["tokenizer.json"]) {
			return "", "tokenizer.json", readable
		}
	}
	clips := hasJSON && readable == nil && plainCLIP(have["tokenizer.json"])
	if hasJSON && readable == nil && isCLIP(config.Class) && other == "" {
		if clips && config.plain() {
			return "clip", "tokenizer.json", nil
		}
		return "library", "tokenizer.json", nil // of CLIP's kind, but with an extra step
	}
	switch {
	case isCLIP(config.Class) && other != "":
		return "", other, fmt.Errorf("belongs to another kind of tokenizer than %s, which tokenizer_config.json names: remove the file that the model was not trained with", config.Class)
	case isCLIP(config.Class) && hasJSON && readable != nil:
		return "", "tokenizer.json", fmt.Errorf("tokenizer_config.json says %s, but: %w", config.Class, readable)
	case isGeneric(config.Class) && clips && other == "" && config.plain():
		return "clip", "tokenizer.json", nil
	case isCLIP(config.Class) && config.plain():
		return "clip", "vocab.json", nil
	case isCLIP(config.Class):
		return "library", "tokenizer_config.json", nil
	case hasJSON, other != "":
		if other == "" {
			other = "tokenizer.json"
		}
		return "library", other, nil
	case config.Class == "" && config.plain():
		return "clip", "vocab.json", nil
	}
	return "library", "tokenizer_config.json", nil // vocab.json and merges.txt of another class, such as GPT2's
}

// wordless handles a folder without tokenizer files. Other files may say that CLIP's tokenizer does not
// apply.
func (r *reader) wordless() error {
	where := "put the model's tokenizer files (tokenizer.json, or vocab.txt, or its .model file, with tokenizer_config.json) there"
	if name := r.openCLIP.Model.Text.Tokenizer; name != "" {
		return fmt.Errorf("%s names the tokenizer %s, whose files are not in the folder: %s", r.openCLIPFile, name, where)
	}
	clip := false
	own, _ := r.tree.named("tokenizer_config.json", r.all)
	for _, file := range own {
		data, err := fs.ReadFile(r.fsys, file)
		if err != nil {
			return err
		}
		var config tokenizerConfig
		if err := pyjson.Unmarshal(data, &config); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if !isCLIP(config.Class) && config.Class != "" {
			return fmt.Errorf("%s names %s, whose files are not in the folder: %s", file, config.Class, where)
		}
		have := map[string][]byte{}
		for _, name := range besideFiles[1:] {
			if data, err := fs.ReadFile(r.fsys, path.Join(path.Dir(file), name)); err == nil {
				have[name] = data
			}
		}
		if err := config.beside(have); err != nil {
			return fmt.Errorf("%s: %w", path.Dir(file), err)
		}
		if !config.plain() {
			return fmt.Errorf("%s sets up CLIP's tokenizer in an unusual way, but its files are not in the folder: %s", file, where)
		}
		if err := r.longest(config); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		clip, r.used[file] = clip || isCLIP(config.Class), true
	}
	if err := r.strayWords(clip); err != nil {
		return err
	}
	text := r.text
	switch kind := text.Text.Type; {
	case text.Type != "" && !slices.Contains([]string{"clip", "clip_text_model", "clip_vision_model", "metaclip", "metaclip_2"}, text.Type):
		return fmt.Errorf("%s is the config of a %s, whose tokenizer is not CLIP's: %s", text.file, text.Type, where)
	case kind != "" && kind != "clip_text_model":
		return fmt.Errorf("%s has a text model of type %s, whose tokenizer is not CLIP's: %s", text.file, kind, where)
	}
	for _, v := range []struct {
		file string
		size int
	}{{text.file, text.of(text.Text).Vocab}, {r.openCLIPFile, r.openCLIP.Model.Text.Vocab}} {
		if v.size != 0 && v.size != clipVocab {
			return fmt.Errorf("%s says a vocabulary of %d ids, CLIP's has %d: %s", v.file, v.size, clipVocab, where)
		}
	}
	return nil
}

const (
	clipVocab  = 49408
	maxContext = 8192
)

// cleaning is what open_clip does to a text before a Hugging Face tokenizer.
func (r *reader) cleaning(m *librarytok.Model) error {
	text := r.openCLIP.Model.Text
	if text.Tokenizer == "" {
		return nil
	}
	m.Cleaning = "whitespace"
	for name, raw := range text.Options {
		if name != "clean" {
			return fmt.Errorf("%s: text_cfg.tokenizer_kwargs.%s is not known, and may change the ids", r.openCLIPFile, name)
		}
		if err := json.Unmarshal(raw, &m.Cleaning); err != nil {
			return fmt.Errorf("%s: text_cfg.tokenizer_kwargs.clean: %w", r.openCLIPFile, err)
		}
	}
	var err error
	if m.Clean, err = tokenize.Cleaner(m.Cleaning); err != nil {
		return fmt.Errorf("%s: text_cfg.tokenizer_kwargs.clean: %w", r.openCLIPFile, err)
	}
	return nil
}
