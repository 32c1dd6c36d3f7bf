package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/tokenize"
)

func newTokenizeCmd(e *env) *cobra.Command {
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
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if length < 2 {
				return usageError{fmt.Errorf("--context %d: start and end token alone take 2", length)}
			}
			if length > maxContext {
				return usageError{fmt.Errorf("--context %d: at most %d", length, maxContext)}
			}
			if !slices.Contains(tokenize.Modes(), tokenize.Mode(mode)) {
				return usageError{fmt.Errorf("--mode %q: want one of %s", mode, modeNames())}
			}
			tok, err := newTokenizer(tokenize.Mode(mode), vocab)
			if err != nil {
				return err
			}
			return tokenizeLines(cmd.Context(), e.stdin, e.stdout, tok, length)
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

// maxContext keeps a mistyped --context from taking all memory.
const maxContext = 1 << 20

func modeNames() string {
	var names []string
	for _, m := range tokenize.Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// inputLine is a line without its line feed, or why there is none; io.EOF at the end.
type inputLine struct {
	text string
	err  error
}

// readLines sends the lines of r, of any length, and then the error that ended them. It runs
// beside the caller, because a read from a terminal does not end with ctx.
func readLines(ctx context.Context, r io.Reader) <-chan inputLine {
	lines := make(chan inputLine, 64)
	go func() {
		in := bufio.NewReaderSize(r, 1<<16)
		send := func(l inputLine) bool {
			select {
			case lines <- l:
				return l.err == nil
			case <-ctx.Done():
				return false
			}
		}
		for {
			text, err := in.ReadString('\n')
			if text != "" && !send(inputLine{text: strings.TrimSuffix(text, "\n")}) {
				return
			}
			if err != nil {
				send(inputLine{err: err})
				return
			}
		}
	}()
	return lines
}

// tokenizeLines writes a row of ids for each line of r. The last line needs no line feed; a
// carriage return is white space of its text.
func tokenizeLines(ctx context.Context, r io.Reader, w io.Writer, tok *tokenize.Tokenizer, length int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lines, out := readLines(ctx, r), bufio.NewWriterSize(w, 1<<16)
	var row []byte
	for n := 1; ; n++ {
		line := inputLine{}
		select {
		case line = <-lines:
		case <-ctx.Done():
			line.err = ctx.Err()
		}
		if line.err == io.EOF {
			return flush(out)
		}
		if line.err != nil {
			return errors.Join(fmt.Errorf("read line %d: %w", n, line.err), flush(out))
		}
		row = appendIDs(row[:0], tok.Encode(line.text, length))
		if _, err := out.Write(row); err != nil {
			return fmt.Errorf("write line %d: %w", n, err)
		}
		if len(lines) == 0 { // who waits for this answer before the next question gets it
			if err := flush(out); err != nil {
				return err
			}
		}
	}
}

func flush(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// appendIDs appends ids as a JSON array and a line feed.
func appendIDs(dst []byte, ids []int64) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, id, 10)
	}
	return append(dst, ']', '\n')
}
