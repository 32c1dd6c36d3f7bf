package modeldir

import (
	"io/fs"
	"path"

	"github.com/fastclip/fastclip/internal/pyjson"
)

// sentence reads sentence-transformers' settings for a whole model: the length of a row of ids, and
// changes to a text before its tokenizer, which nothing here makes.
func (r *reader) sentence() error {
	for _, p := range r.tree.files {
		name := path.Base(p)
		if name != "sentence_bert_config.json" && name != "config_sentence_transformers.json" || r.tree.foreign(p, r.all) {
			continue
		}
		data, err := fs.ReadFile(r.fsys, p)
		if err != nil {
			return err
		}
		r.used[p] = true
		var file struct {
			Dim    *int   `json:"truncate_dim"`
			Max    *int   `json:"max_seq_length"`
			Lower  bool   `json:"do_lower_case"`
			Prompt string `json:"default_prompt_name"`
		}
		switch err := pyjson.Unmarshal(data, &file); {
		case err != nil:
			r.fault("%s cannot be read: %v", p, err)
		case file.Lower:
			r.fault("%s asks for lower-case texts before the tokenizer, which fastclip does not do", p)
		case file.Prompt != "":
			r.fault("%s asks for the prompt %q before each text, which fastclip does not add", p, file.Prompt)
		}
		if file.Dim != nil {
			r.fault("%s asks for embeddings cut to %d values (truncate_dim), which is not done", p, *file.Dim)
		}
		switch {
		case file.Max == nil:
		case *file.Max < 2:
			r.fault("%s: max_seq_length is %d: want at least 2", p, *file.Max)
		case *file.Max <= maxContext:
			r.limit(*file.Max)
		}
	}
	return nil
}
