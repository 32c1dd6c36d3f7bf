package tokenize

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// bpeFiles are the names of openai/CLIP's vocabulary, compressed or not.
var bpeFiles = []string{"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"}

// maxBPE limits the size after decompression. openai/CLIP's vocabulary has 3 MB.
const maxBPE = 64 << 20

// LoadFolder reads the vocabulary in a model's folder, from the first of these that exists: tokenizer.json,
// vocab.json with merges.txt, bpe_simple_vocab_16e6.txt(.gz). It returns nil if there is none.
func LoadFolder(fsys fs.FS) (*Vocab, error) {
	for _, name := range append([]string{"tokenizer.json", "vocab.json"}, bpeFiles...) {
		if _, err := fs.Stat(fsys, name); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		return LoadFile(fsys, name)
	}
	return nil, nil
}

// LoadPath reads a folder as LoadFolder does. For a file, the name decides: vocab.json needs its merges.txt beside it, any other .json is a tokenizer.json,
// and a .txt or .gz is a bpe_simple_vocab.
func LoadPath(name string) (*Vocab, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return LoadFile(os.DirFS(filepath.Dir(name)), filepath.Base(name))
	}
	v, err := LoadFolder(os.DirFS(name))
	if v == nil && err == nil {
		err = fmt.Errorf("%s has neither tokenizer.json, vocab.json with merges.txt, nor %s", name, bpeFiles[0])
	}
	return v, err
}

// LoadFile reads one of the files that LoadFolder looks for.
func LoadFile(fsys fs.FS, name string) (*Vocab, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch extension := path.Ext(name); {
	case name == "vocab.json":
		merges, err := fsys.Open("merges.txt")
		if err != nil {
			return nil, fmt.Errorf("vocab.json without merges.txt: %w", err)
		}
		defer merges.Close()
		return LoadVocabMerges(f, merges)
	case extension == ".json":
		return LoadTokenizerJSON(f)
	case extension == ".gz":
		packed, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return LoadBPE(io.LimitReader(packed, maxBPE))
	case extension == ".txt" && !strings.HasPrefix(name, "merges"):
		return LoadBPE(f)
	}
	return nil, fmt.Errorf("%s: want a tokenizer.json, a vocab.json with merges.txt beside it, or a bpe_simple_vocab .txt or .gz", name)
}
