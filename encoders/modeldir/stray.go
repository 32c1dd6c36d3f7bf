package modeldir

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// tokenizerLike matches names that tokenizer files have in some library.
var tokenizerLike = regexp.MustCompile(`^((.*[._-])?(tokenizer|tiktoken|sentencepiece|spiece|vocab|merges|spm)([._-].*)?|bpe[_.].*|tekken.*\.json|dict\.txt|encoder\.json|special_tokens_map\.json|added_tokens\.json|.*\.(spm|bpe|tiktoken))$`)

// notTokenizers are endings of other files that may have such a name.
var notTokenizers = []string{".onnx", ".onnx_data", ".data", ".safetensors", ".py", ".md"}

// strayWords rejects a folder that has a tokenizer under a name that nothing reads, or a link that leads
// nowhere. With CLIP's vocabulary in its place, every id would silently be wrong.
func (r *reader) strayWords(clip bool) error {
	const want = "put the model's own there, or remove it if CLIP's vocabulary is meant"
	for _, p := range r.tree.broken {
		if isTokenizers(path.Base(p)) {
			return fmt.Errorf("%s is a link that leads nowhere: %s", p, want)
		}
	}
	for _, p := range r.tree.files {
		name := path.Base(p)
		switch {
		case !isTokenizers(name) || r.used[p]:
		case clip && slices.Contains(besideFiles, name): // tokenizer_config.json says that they are CLIP's
			r.used[p] = true
		default:
			return fmt.Errorf("%s looks like a tokenizer's file, but there is no file that fastclip can read a tokenizer from (%s): %s",
				p, strings.Join(slices.Concat(clipFiles, libraryFiles), ", "), want)
		}
	}
	return nil
}
