package datasetscmd

import (
	"fmt"
	"io"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/suite"
)

// decoders returns the decoders that a run of the suite would use, so that lint and eval agree on every picture. It reports decoders that are missing. A
// folder without a suite gets the decoder of original_clip.
func decoders(m *pipelines.Maker, s *suite.Suite, stderr io.Writer) []decode.Decoder {
	names := []string{"original_clip"}
	if len(s.Variants) > 0 {
		names = nil
	}
	for _, v := range s.Variants {
		names = append(names, v.Preprocess)
	}
	var out []decode.Decoder
	seen, told := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		if name == "model" || name == "" { // uses Pillow's decoder
			name = "original_clip"
		}
		if told[name] {
			continue
		}
		told[name] = true
		pipe, err := m.Lookup(name, pipelines.Options{})
		if err != nil {
			fmt.Fprintf(stderr, "lint: pictures cannot be decoded as %s does it: %v\n", name, err)
			continue
		}
		if key := pipe.Decoder.Name() + "@" + pipe.Decoder.Version(); !seen[key] {
			seen[key] = true
			out = append(out, pipe.Decoder)
		}
	}
	if len(out) == 0 {
		fmt.Fprintln(stderr, "lint: pictures are decoded by Go's decoders, which do not accept the same files as Pillow")
		out = append(out, decode.GoDecoder{})
	}
	return out
}

// decodeAll returns the picture of the first decoder, and the first error of any decoder.
func decodeAll(all []decode.Decoder, data []byte) (first *picture.Picture, err error) {
	for i, d := range all {
		pic, wrong := d.Decode(data)
		if i == 0 {
			first = pic
		}
		if wrong != nil && err == nil {
			err = wrong
			if len(all) > 1 {
				err = fmt.Errorf("%s: %w", d.Name(), wrong)
			}
		}
	}
	return first, err
}
