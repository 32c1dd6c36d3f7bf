package encoders

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/tokenize"
)

// Inputs is what a model's own files say about its inputs.
type Inputs struct {
	// Mean and Std are by channel, on a scale where white is 1. Std is 0 when no file gives them.
	Mean, Std [3]float32
	// Pictures is the model's own pipeline. It is nil when no file describes it, or when Refused says why
	// the file cannot be used. Default means that variants without a named pipeline use this one.
	Pictures *pipelines.Config
	Refused  error
	Default  bool
	// Vocab is for CLIP's byte-pair encoding, and Library is a tokenizer of another kind. When both are
	// nil, no file describes the tokenizer, and CLIP's own vocabulary applies.
	Vocab         *tokenize.Vocab
	Library       *librarytok.Model
	TokenizerFile string // the file that tells which
	// Wordless is the reason why neither is available.
	Wordless error
	Context  int // largest number of ids in a row; 0 when neither file nor graph gives it

	Folder modeldir.Folder // everything that was read
}

// Inputs reads everything that the folder's files say about the inputs of the two towers. A file that
// exists but cannot be used is an error, or becomes Refused. Inputs that differ from those in training
// would give numbers that look like any others. The towers themselves need not be readable.
func (m *Model) Inputs(image, text string) (in Inputs, err error) {
	own, image := m.at(image)
	other, text := m.at(text)
	f, err := modeldir.Read(own.fsys, image, sameFolder(own, other, text))
	if err == nil && own.dir != other.dir && text != "" {
		var words *modeldir.Folder
		if words, err = modeldir.Read(other.fsys, "", text); err == nil {
			f.Words, f.WordsErr, f.Pooling, f.Head = words.Words, words.WordsErr, words.Pooling, words.Head
			f.Claims, f.Faults = append(f.Claims, words.Claims...), append(f.Faults, words.Faults...)
		}
	}
	if err != nil {
		return in, fmt.Errorf("model %s: %w", m.Name, err)
	}
	in = Inputs{Pictures: f.Pictures, Refused: f.PicturesErr, Vocab: f.Words.Vocab, Library: f.Words.Library, TokenizerFile: f.Words.From, Wordless: f.WordsErr, Context: f.Words.Context, Folder: *f}
	in.Default = m.dir != "" && (f.Pictures != nil || f.PicturesErr != nil)
	if f.Pictures != nil {
		in.Mean, in.Std = f.Pictures.White()
	}
	return in, nil
}

// sameFolder is the text tower's file if it is in the image tower's folder, and otherwise "".
func sameFolder(own, other *Model, text string) string {
	if own.dir != other.dir {
		return ""
	}
	return text
}
