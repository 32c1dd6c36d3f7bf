package stepcmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runTokenize(ctx context.Context, stdin io.Reader, stdout io.Writer, length int) error {
	tok, err := tokenize.New(tokenize.ModeOpenAI)
	if err != nil {
		return err
	}
	return tokenizeLines(ctx, stdin, stdout, tok, length)
}

// TestTokenizeLines: lines longer than any buffer, with CRLF, with bytes that are not UTF-8, and without a line feed at the end.
func TestTokenizeLines(t *testing.T) {
	var out bytes.Buffer
	in := strings.Repeat("dog ", 1<<18) + "\ndog\r\n\xff\ndog"
	require.NoError(t, runTokenize(t.Context(), strings.NewReader(in), &out, 4))
	dog := "[49406,1929,49407,0]\n"
	rows := strings.SplitAfter(out.String(), "\n")
	require.Len(t, rows, 5)
	assert.Equal(t, []string{"[49406,1929,1929,49407]\n", dog, dog, ""}, []string{rows[0], rows[1], rows[3], rows[4]})
}

// TestTokenizeAnswersConcurrently: a caller who waits for a line's ids before sending the next line gets them.
func TestTokenizeAnswersConcurrently(t *testing.T) {
	question, ask := io.Pipe()
	answers, answer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- runTokenize(t.Context(), question, answer, 4) }()
	for range 3 {
		_, err := io.WriteString(ask, "dog\n")
		require.NoError(t, err)
		got := make([]byte, len("[49406,1929,49407,0]\n"))
		_, err = io.ReadFull(answers, got)
		require.NoError(t, err)
		assert.Equal(t, "[49406,1929,49407,0]\n", string(got))
	}
	ask.Close()
	assert.NoError(t, <-done)
}

func TestTokenizeFailuresConcurrently(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	in, end := io.Pipe()
	go func() {
		io.WriteString(end, "dog\n")
		end.CloseWithError(broken)
	}()
	err := runTokenize(t.Context(), in, &out, 4)
	assert.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "read line 2")
	assert.Equal(t, "[49406,1929,49407,0]\n", out.String())

	_, closed := io.Pipe()
	closed.CloseWithError(broken)
	assert.ErrorIs(t, runTokenize(t.Context(), strings.NewReader("dog\n"), closed, 4), io.ErrClosedPipe)

	// a read that never returns does not stop a signal from ending the command
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, _ := io.Pipe()
	assert.ErrorIs(t, runTokenize(ctx, silent, io.Discard, 4), context.Canceled)
}
