package remote

import (
	"fmt"
	"github.com/fastclip/fastclip/encoders"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/encoders/oip"
)

// anySize is a dimension that a server leaves open.
const anySize = -1

// inspect finds the sizes of the models, and refuses models that Encode cannot feed. It checks the sizes in the server's metadata before memory is allocated
// for them.
func (e *encoder) inspect(spec encoders.Spec) (err error) {
	for _, m := range []oip.Model{e.image, e.text} {
		if err := portsOf(m); err != nil {
			return fmt.Errorf("model %s: its metadata is wrong: %w", m.Name, err)
		}
	}
	if spec.Input == encoders.InputFiles {
		err = e.inspectFiles()
	} else {
		e.info.ImageSize, err = pictureSide(e.image, spec)
	}
	if err != nil {
		return err
	}
	length, err := textLength(e.text)
	if err != nil {
		return err
	}
	e.info.TextLength = length
	if e.info.Dim, err = embeddingSize(e.image, e.text, spec); err != nil {
		return err
	}
	most := spec.Batch
	for i, m := range []oip.Model{e.image, e.text} {
		if e.feed[i], err = newFeed(m, length*i); err != nil {
			return fmt.Errorf("model %s: %w", m.Name, err)
		}
		if e.feed[i].fixed {
			most = max(most, e.feed[i].most)
		}
	}
	return e.info.CheckCall(most, length)
}

// portsOf refuses metadata that no request could follow, whatever the model is.
func portsOf(m oip.Model) error {
	seen := map[string]bool{}
	for i, p := range slices.Concat(m.Inputs, m.Outputs) {
		what := "input"
		if i >= len(m.Inputs) {
			what = "output"
		}
		switch {
		case p.Name == "":
			return fmt.Errorf("an %s has no name", what)
		case seen[what+p.Name]:
			return fmt.Errorf("two %ss are named %s", what, clip(p.Name))
		case slices.ContainsFunc(p.Shape, func(n int64) bool { return n < anySize }):
			return fmt.Errorf("%s %s has shape %s: want sizes, or -1 for any", what, clip(p.Name), clip(fmt.Sprint(p.Shape)))
		}
		seen[what+p.Name] = true
	}
	return nil
}

func (e *encoder) inspectFiles() error {
	in := e.image.Inputs
	if len(in) != 1 || in[0].Datatype != "BYTES" || len(in[0].Shape) < 1 || len(in[0].Shape) > 2 {
		return fmt.Errorf("model %s: inputs are %s: want one BYTES [N] or [N,1] with one picture file each", e.image.Name, ports(in))
	}
	e.info.Files, e.info.Preprocess = true, preprocessOf(e.image)
	return nil
}

// pictureSide is the side of the pictures that a model takes as tensors.
func pictureSide(m oip.Model, spec encoders.Spec) (int, error) {
	in := m.Inputs
	if len(in) != 1 || in[0].Datatype != "FP32" || len(in[0].Shape) != 4 {
		return 0, fmt.Errorf("model %s: inputs are %s: want one FP32 [N,3,S,S], or one BYTES and input: files", m.Name, ports(in))
	}
	shape := in[0].Shape
	if shape[1] != 3 && shape[1] != anySize || shape[2] != shape[3] {
		return 0, fmt.Errorf("model %s: its input is %v: want [N,3,S,S], square pictures of three channels", m.Name, shape)
	}
	return size(m, spec, "image_size", shape[2], encoders.MaxSide)
}

// textLength is the number of tokens per text that the model takes; 0 means any number.
func textLength(m oip.Model) (int, error) {
	ids := m.Inputs
	if len(ids) < 1 || len(ids) > 2 || len(ids[0].Shape) != 2 || (len(ids) == 2 && (ids[1].Name != "attention_mask" || len(ids[1].Shape) != 2)) {
		return 0, fmt.Errorf("model %s: inputs are %s: want input_ids [N,L] and at most an attention_mask", m.Name, ports(ids))
	}
	for _, in := range ids {
		if in.Datatype != "INT64" && in.Datatype != "INT32" {
			return 0, fmt.Errorf("model %s: input %s is %.40q: want INT64 or INT32", m.Name, clip(in.Name), in.Datatype)
		}
		for i, n := range in.Shape {
			if other := ids[0].Shape[i]; n != other && n != anySize && other != anySize {
				return 0, fmt.Errorf("model %s: inputs are %s: want one shape for ids and mask", m.Name, ports(ids))
			}
		}
	}
	if ids[0].Shape[1] == anySize {
		return 0, nil
	}
	n, err := encoders.Within("the length of its texts", ids[0].Shape[1], encoders.MaxContext)
	if err != nil {
		return 0, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return n, nil
}

// embeddingSize checks that both models return embeddings of the same size, and returns it.
func embeddingSize(image, text oip.Model, spec encoders.Spec) (int, error) {
	for _, m := range []oip.Model{image, text} {
		if len(m.Outputs) < 1 || len(m.Outputs[0].Shape) != 2 {
			return 0, fmt.Errorf("model %s: outputs are %s: want the first to be [N,D]", m.Name, ports(m.Outputs))
		}
		if kind := m.Outputs[0].Datatype; !slices.Contains([]string{"FP32", "FP16", "FP64"}, kind) {
			return 0, fmt.Errorf("model %s: output %s is %.40q: want FP32, FP16 or FP64", m.Name, clip(m.Outputs[0].Name), kind)
		}
		if in, out := m.Inputs[0].Shape[0], m.Outputs[0].Shape[0]; in != anySize && out != anySize && in != out {
			return 0, fmt.Errorf("model %s: its metadata is wrong: %d items in, %d embeddings out", m.Name, in, out)
		}
	}
	dim, err := size(image, spec, "dim", image.Outputs[0].Shape[1], encoders.MaxDim)
	if err != nil {
		return 0, err
	}
	if other := text.Outputs[0].Shape[1]; other != anySize && other != int64(dim) {
		return 0, fmt.Errorf("variant %s: image embeddings have %d values, text embeddings %d", spec.Name, dim, other)
	}
	return dim, nil
}

// preprocessOf is the parameter "preprocess" of a model's metadata. A model that takes files describes there how it prepares them.
func preprocessOf(m oip.Model) string {
	if said, ok := m.Parameters["preprocess"].(string); ok && said != "" {
		return clip(said)
	}
	return "of " + strings.TrimSpace(clip(m.Platform)+" "+m.Name) + ", which does not say how"
}

// size is the size from the server, or the option of that name if the server leaves the size open.
func size(m oip.Model, spec encoders.Spec, option string, said int64, most int) (int, error) {
	if said != anySize {
		n, err := encoders.Within(option, said, most)
		if err != nil {
			return 0, fmt.Errorf("model %s: its metadata is wrong: %w", m.Name, err)
		}
		if own, ok := spec.Options[option]; ok && own != strconv.Itoa(n) {
			return 0, fmt.Errorf("variant %s: option %s is %s, and the server says %d", spec.Name, option, own, n)
		}
		return n, nil
	}
	n, err := strconv.Atoi(spec.Options[option])
	if err != nil {
		return 0, fmt.Errorf("variant %s: the server does not say its %s: give it in options, such as {%s: \"224\"}", spec.Name, option, option)
	}
	if n, err = encoders.Within(option, int64(n), most); err != nil {
		return 0, fmt.Errorf("variant %s: options: %w", spec.Name, err)
	}
	return n, nil
}

// ports lists a model's ports for an error, in one line however many there are.
func ports(all []oip.Port) string { return clip(fmt.Sprint(all)) }

// clip shortens a text that came from a server.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " ..."
}
