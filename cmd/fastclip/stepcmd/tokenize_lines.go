package stepcmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/encoders/tokenize"
)

// inputLine is a line without its line feed, or the error that ended the input; io.EOF at the end.
type inputLine struct {
	text string
	err  error
}

// readLines sends the lines of r, of any length, and then the error that ended them. It runs in its own goroutine, because a read from a terminal does not
// end with ctx.
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

// tokenizeLines writes a row of ids for each line of r. The last line may lack a line feed. A carriage return counts as white space of the text.
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
		if len(lines) == 0 { // so that a caller who waits for this answer before the next line gets it
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
