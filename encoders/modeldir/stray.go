package modeldir

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// tokenizerLike are names that a tokenizer's file has in some library. tokenizer_config.json is read.
var tokenizerLike = regexp.MustCompile(`^((.*[._-])?(tokenizer|tiktoken|sentencepiece|spiece|vocab|merges|spm)([._-].*)?|bpe_.*|encoder\.json|special_tokens_map\.json|added_tokens\.json|.*\.(spm|bpe|tiktoken))$`)

// notTokenizers are endings of other files that may bear such a name.
var notTokenizers = []string{".onnx", ".onnx_data", ".data", ".safetensors", ".py", ".md"}

// strayWords refuses a folder whose tokenizer is there under a name that nothing reads: with CLIP's
// vocabulary in its place every id would silently be another one's.
func (r *reader) strayWords(clip bool) error {
	return fs.WalkDir(r.fsys, ".", func(p string, d fs.DirEntry, err error) error {
		name := strings.ToLower(d.Name())
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.Count(p, "/") >= maxDepth || strings.HasPrefix(name, ".") && p != "."):
			return fs.SkipDir
		case d.IsDir() || !tokenizerLike.MatchString(name) || name == "tokenizer_config.json" || slices.Contains(notTokenizers, path.Ext(name)):
			return nil
		case clip && slices.Contains(besideFiles, name):
			return nil // tokenizer_config.json says that they are CLIP's
		}
		return fmt.Errorf("%s looks like a tokenizer's, and no file is there that fastclip reads a tokenizer from (%s): put the model's own there, or remove it if CLIP's vocabulary is meant",
			p, strings.Join(slices.Concat(clipFiles, libraryFiles), ", "))
	})
}
