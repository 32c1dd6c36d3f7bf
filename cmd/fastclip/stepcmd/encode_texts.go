package stepcmd

import (
	"context"
	"fmt"
	"io"
	"os"
)

func (c *encoding) texts(ctx context.Context, stdin io.Reader, file string) error {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		defer f.Close()
		stdin = f
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the reader
	var texts []string
	lines := readLines(ctx, stdin)
	for done := false; !done; {
		var line inputLine
		select {
		case line = <-lines:
		case <-ctx.Done():
			return ctx.Err()
		}
		switch {
		case line.err == io.EOF:
			done = true
		case line.err != nil:
			return fmt.Errorf("read texts, line %d: %w", len(c.names)+len(texts)+1, line.err)
		default:
			texts = append(texts, line.text)
		}
		if len(texts) > 0 && (done || len(texts) == c.single.Batch()) {
			e, err := c.single.Texts(ctx, texts)
			if err != nil {
				return err
			}
			c.add(e, texts)
			texts = texts[:0]
		}
	}
	return nil
}
