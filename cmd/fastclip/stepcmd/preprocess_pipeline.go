package stepcmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/suggest"
)

func pipelineList() string {
	var b strings.Builder
	for _, name := range pipelines.Names() {
		fmt.Fprintf(&b, "  %-24s %s\n", name, pipelines.About(name))
	}
	return b.String()
}

// maxSize stops a mistyped --size from using all memory.
const maxSize = 4096

func (f preprocessFlags) check() error {
	switch {
	case f.out == "":
		return errors.New("--out DIR is missing: name the folder of the tensors")
	case f.size < 1 || f.size > maxSize:
		return fmt.Errorf("--size %d: want 1 to %d", f.size, maxSize)
	case !slices.Contains(pipelines.Names(), f.variant):
		return fmt.Errorf("--variant %q: want one of %s%s", f.variant, strings.Join(pipelines.Names(), ", "), suggest.Hint(f.variant, pipelines.Names()))
	}
	return nil
}

// pipeline returns the chosen pipeline, and the options for the one that it is compared with.
func (f preprocessFlags) pipeline(maker *pipelines.Maker, stderr io.Writer) (*preprocess.Pipeline, pipelines.Options, error) {
	o := pipelines.Options{Size: f.size}
	lookup := func() (*preprocess.Pipeline, error) { return maker.Lookup(f.variant, o) }
	if f.config != "" {
		c, faults, err := modeldir.Pictures(f.config)
		if err != nil {
			return nil, o, cli.WrongCall(fmt.Errorf("--config: %w", err))
		}
		for _, fault := range faults {
			fmt.Fprintf(stderr, "warning: %s\n", fault)
		}
		f.variant, o.Size = c.Name, c.Size
		o.Mean, o.Std = c.White()
		lookup = func() (*preprocess.Pipeline, error) { return maker.Make(c) }
	}
	pipe, err := lookup()
	if err != nil {
		return nil, o, fmt.Errorf("%s: %w", f.variant, err)
	}
	if f.exif {
		pipe.Decoder = decode.Oriented{Decoder: pipe.Decoder}
	}
	return pipe, o, nil
}
