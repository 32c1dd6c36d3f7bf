package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval"
)

type encodeFlags struct{ variant, suite, out, texts string }

func newEncodeCmd(e *env) *cobra.Command {
	f := encodeFlags{suite: "default"}
	cmd := &cobra.Command{
		Use:   "encode --variant NAME --out FILE.npy {IMAGE... | --texts FILE}",
		Short: "a variant's embeddings of pictures or texts, as a .npy file",
		Long: `encode writes the raw embeddings, not normalised, in the order of the input: float32 of
shape (N, D). The name of each picture, or each text, is printed on a line of its own, so
that line i is row i. The file appears whole or not at all.

Exit status: 0 done, 1 some picture could not be read (named on stderr and left out) or the
variant is not available here, 2 wrong call.`,
		Example: `  fastclip encode --variant onnx/mini --out pictures.npy *.jpg
  fastclip encode --variant int8/mini --out texts.npy --texts captions.txt`,
		Args: usageArgs(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return runEncode(cmd.Context(), e, f, args) },
	}
	cmd.Flags().StringVar(&f.variant, "variant", "", "a variant of the suite")
	cmd.Flags().StringVar(&f.suite, "suite", f.suite, "an embedded suite or a suite file")
	cmd.Flags().StringVar(&f.out, "out", "", "the .npy file")
	cmd.Flags().StringVar(&f.texts, "texts", "", "a file with one text a line; - is stdin")
	return cmd
}

func (f encodeFlags) check(images []string) error {
	switch {
	case f.variant == "":
		return errors.New("--variant NAME is missing")
	case f.out == "":
		return errors.New("--out FILE.npy is missing")
	case (f.texts == "") == (len(images) == 0):
		return errors.New("want either pictures or --texts FILE")
	}
	return nil
}

func runEncode(ctx context.Context, e *env, f encodeFlags, images []string) (err error) {
	if err := f.check(images); err != nil {
		return usageError{err}
	}
	suite, err := eval.LoadSuite(f.suite)
	if err != nil {
		return usageError{err}
	}
	if err := suite.Select([]string{f.variant}, nil); err != nil {
		return usageError{err}
	}
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	single, err := eval.OpenSingle(ctx, suite, f.variant, encoders.Env{Models: models})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, single.Close()) }()
	enc := &encoding{single: single, stderr: e.stderr}
	if f.texts != "" {
		err = enc.texts(ctx, e.stdin, f.texts)
	} else {
		err = enc.images(ctx, images)
	}
	if err != nil {
		return err
	}
	return enc.finish(e.stdout, f.out)
}

// encoding collects embeddings and the names of what they are of.
type encoding struct {
	single *eval.Single
	stderr io.Writer
	out    encoders.Embeddings
	names  []string
	failed bool
}

func (c *encoding) add(e encoders.Embeddings, names []string) {
	c.out.N, c.out.Dim = c.out.N+e.N, e.Dim
	c.out.Data = append(c.out.Data, e.Data...)
	c.names = append(c.names, names...)
}

// images embeds batch after batch; what cannot be read is named and takes no place in one.
func (c *encoding) images(ctx context.Context, paths []string) error {
	var pixels []float32
	var names []string
	flush := func() error {
		if len(names) == 0 {
			return nil
		}
		e, err := c.single.Images(ctx, len(names), pixels)
		if err != nil {
			return err
		}
		c.add(e, names)
		pixels, names = pixels[:0], names[:0]
		return nil
	}
	for _, path := range paths {
		px, err := c.pixels(path)
		if err != nil {
			fmt.Fprintf(c.stderr, "%s: %v\n", path, err)
			c.failed = true
			continue
		}
		pixels, names = append(pixels, px...), append(names, path)
		if len(names) == c.single.Batch() {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (c *encoding) pixels(path string) ([]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) { // the caller names the path
			err = reason.Err
		}
		return nil, err
	}
	return c.single.Pixels(data)
}

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
	defer cancel() // lets go of the reader
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

// finish writes the file, then the names, so that who has read a name finds its row.
func (c *encoding) finish(stdout io.Writer, file string) error {
	if c.out.N == 0 {
		return errors.New("nothing to write: no input could be read")
	}
	if err := replaceFile(file, npy(c.out.Data, c.out.N, c.out.Dim)); err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, strings.Join(c.names, "\n")+"\n"); err != nil {
		return err
	}
	if c.failed {
		return exitError{code: exitFailures}
	}
	return nil
}
