package stepcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/npy"
)

// encoding collects embeddings with the names of their items.
type encoding struct {
	single *variants.Single
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

// images embeds pictures in batches. Pictures that cannot be read are reported and left out.
func (c *encoding) images(ctx context.Context, paths []string) error {
	var pixels []float32
	var names []string
	var files [][]byte // for an encoder that takes files
	flush := func() error {
		if len(names) == 0 {
			return nil
		}
		embed := func() (encoders.Embeddings, error) { return c.single.Images(ctx, len(names), pixels) }
		if c.single.TakesFiles() {
			embed = func() (encoders.Embeddings, error) { return c.single.Files(ctx, files) }
		}
		e, err := embed()
		if err != nil {
			return err
		}
		c.add(e, names)
		pixels, names, files = pixels[:0], names[:0], files[:0]
		return nil
	}
	for _, path := range paths {
		data, px, err := c.picture(path)
		if err != nil {
			fmt.Fprintf(c.stderr, "%s: %v\n", path, err)
			c.failed = true
			continue
		}
		pixels, names, files = append(pixels, px...), append(names, path), append(files, data)
		if len(names) == c.single.Batch() {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// picture reads a file and, unless the encoder takes files, makes its tensor.
func (c *encoding) picture(path string) ([]byte, []float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) { // the caller adds the path
			err = reason.Err
		}
		return nil, nil, err
	}
	if c.single.TakesFiles() {
		return data, nil, nil
	}
	px, err := c.single.Pixels(data)
	return data, px, err
}

// finish writes the file before the names, so that every printed name has its row in the file.
func (c *encoding) finish(stdout io.Writer, file string) error {
	if c.out.N == 0 {
		return errors.New("nothing to write: no input could be read")
	}
	if err := cli.ReplaceFile(file, npy.Floats(c.out.Data, c.out.N, c.out.Dim)); err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, strings.Join(c.names, "\n")+"\n"); err != nil {
		return err
	}
	if c.failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
