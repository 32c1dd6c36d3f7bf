package stepcmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/spf13/cobra"
)

func NewTokenizeCmd(e *cli.Env) *cobra.Command {
	mode, length, vocab := string(tokenize.ModeOpenAI), 77, ""
	cmd := &cobra.Command{
		Use:   "tokenize",
		Short: "print CLIP's token ids of the texts on stdin",
		Long: `tokenize reads one text per line and writes one JSON array of token ids per line, in order:
start token, the text's ids, end token, padding. A text that is too long is cut so that the
end token stays.

Each mode matches a reference tokenizer: openai (ftfy, HTML entities, lower case;
padded with 0), open_clip (the same, but special tokens are spelled <start_of_text> and
<end_of_text>), hf (NFC, lower case; padded with the end token).

The vocabulary is CLIP's, or that of --vocab: a model's folder, a tokenizer.json, a vocab.json with
merges.txt beside it, or a bpe_simple_vocab_16e6.txt, packed or not.

Exit status: 0 all texts have their ids, 1 reading or writing failed, 2 wrong call.`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if length < 2 {
				return cli.WrongCall(fmt.Errorf("--context %d: want at least 2, for the start and end tokens", length))
			}
			if length > maxContext {
				return cli.WrongCall(fmt.Errorf("--context %d: want at most %d", length, maxContext))
			}
			if !slices.Contains(tokenize.Modes(), tokenize.Mode(mode)) {
				return cli.WrongCall(fmt.Errorf("--mode %q: want one of %s", mode, modeNames()))
			}
			tok, err := newTokenizer(tokenize.Mode(mode), vocab)
			if err != nil {
				return err
			}
			return tokenizeLines(cmd.Context(), e.Stdin, e.Stdout, tok, length)
		},
	}
	cmd.Flags().StringVar(&mode, "mode", mode, "reference tokenizer to match: "+modeNames())
	cmd.Flags().IntVar(&length, "context", length, "ids per text")
	cmd.Flags().StringVar(&vocab, "vocab", "", "vocabulary file, or a folder that contains one (default: CLIP's own)")
	return cmd
}

func newTokenizer(mode tokenize.Mode, vocab string) (*tokenize.Tokenizer, error) {
	if vocab == "" {
		return tokenize.New(mode)
	}
	v, err := tokenize.LoadPath(vocab)
	if err != nil {
		return nil, fmt.Errorf("--vocab %s: %w", vocab, err)
	}
	return tokenize.NewWithVocab(mode, v)
}

// maxContext stops a mistyped --context from using all memory.
const maxContext = 1 << 20

func modeNames() string {
	var names []string
	for _, m := range tokenize.Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}
