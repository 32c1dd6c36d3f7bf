package onnx

import (
	"errors"
	"fmt"
	"github.com/fastclip/fastclip/encoders"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/ort"
)

// role says what an input of a tower receives.
type role int

const (
	rolePixels role = iota
	roleIDs
	roleMask
	roleTypes
	rolePositions
	roleConstant // an input of the other tower, in a graph that needs it
)

// isPixels tells whether a port takes pictures, and whether their channels come last.
func isPixels(p ort.Port) (ok, channelsLast bool) {
	ok = len(p.Shape) == 4 && slices.Contains([]string{"float32", "float16", "uint8"}, p.Type)
	return ok, ok && p.Shape[3] == 3 && p.Shape[1] != 3
}

// isIDs tells whether a port takes rows of integers.
func isIDs(p ort.Port) bool {
	return len(p.Shape) == 2 && slices.Contains([]string{"int64", "int32"}, p.Type)
}

// imageFeeds finds the pixels. Ids next to them belong to the other tower and get a constant.
func (t *tower) imageFeeds() error {
	t.feeds, t.main = make([]role, len(t.inputs)), -1
	for i, p := range t.inputs {
		switch ok, last := isPixels(p); {
		case ok && t.main < 0:
			t.main, t.channelsLast, t.feeds[i] = i, last, rolePixels
		case isIDs(p) && ofTexts(p.Name):
			t.feeds[i] = roleConstant
		default:
			t.main = -1
			return fmt.Errorf("image tower's inputs are %v: want one float32, float16 or uint8 [N,3,S,S] or [N,S,S,3]", t.inputs)
		}
	}
	if t.main < 0 {
		return fmt.Errorf("image tower's inputs are %v: want one float32, float16 or uint8 [N,3,S,S] or [N,S,S,3]", t.inputs)
	}
	shape := t.inputs[t.main].Shape
	channels, height, width := shape[1], shape[2], shape[3]
	if t.channelsLast {
		channels, height, width = shape[3], shape[1], shape[2]
	}
	if channels > 0 && channels != 3 || height > 0 && width > 0 && height != width {
		return fmt.Errorf("image tower's input is %v: want [N,3,S,S] or [N,S,S,3], square pictures of three channels", shape)
	}
	t.side = max(height, width)
	return nil
}

// ofTexts tells whether an input belongs to a text tower, by its name. Towers for pictures of any shape have rows of
// integers of their own, such as spatial_shapes, and a constant there would change every embedding.
func ofTexts(name string) bool {
	name = strings.ToLower(name)
	has := func(word string) bool { return strings.Contains(name, word) }
	return (has("ids") || has("text") || has("token") || has("attention_mask")) && !has("pixel") && !has("image") && !has("patch") && !has("spatial")
}

// textFeeds finds the ids, and the other inputs about a text.
func (t *tower) textFeeds() error {
	t.feeds, t.main = make([]role, len(t.inputs)), -1
	bad := fmt.Errorf("text tower's inputs are %v: want int64 or int32 input_ids [N,L], and beside them attention_mask, token_type_ids or position_ids", t.inputs)
	for i, p := range t.inputs {
		name := strings.ToLower(p.Name)
		pixels, _ := isPixels(p)
		switch {
		case pixels:
			t.feeds[i] = roleConstant
		case len(p.Shape) != 2:
			return bad
		case (strings.Contains(name, "attention_mask") || name == "mask") && slices.Contains([]string{"int64", "int32", "float32", "float16"}, p.Type):
			t.feeds[i] = roleMask
		case !isIDs(p):
			return bad
		case strings.Contains(name, "token_type_ids"), strings.Contains(name, "segment_ids"):
			t.feeds[i] = roleTypes
		case strings.Contains(name, "position_ids"):
			t.feeds[i] = rolePositions
		case t.main < 0:
			t.feeds[i], t.main = roleIDs, i
		default:
			return bad
		}
	}
	if t.main < 0 {
		return bad
	}
	if said := t.inputs[t.main].Shape[1]; said > 0 {
		var err error
		t.length, err = encoders.Within("the length of its texts", said, encoders.MaxContext)
		return err
	}
	return nil
}

// has tells whether some input has this role.
func (t *tower) has(f role) bool { return slices.Contains(t.feeds, f) }

// pixelTensor is pictures in the form that the graph takes.
func (t *tower) pixelTensor(n int64, side int, data []float32) ort.Tensor {
	s := int64(side)
	out := ort.Tensor{Float32: data, Shape: []int64{n, 3, s, s}}
	if t.channelsLast {
		out.Float32, out.Shape = ort.ChannelsLast(data, int(n), side*side), []int64{n, s, s, 3}
	}
	if t.inputs[t.main].Type == "uint8" {
		out.Bytes, out.Float32 = ort.Samples(out.Float32), nil
	}
	return out
}

// textTensors are the rows of ids and what belongs to them, for each input.
func (t *tower) textTensors(tk encoders.Tokens) ([]ort.Tensor, error) {
	out := make([]ort.Tensor, len(t.inputs))
	for i, f := range t.feeds {
		n := int64(tk.N)
		var v []int64
		switch f {
		case roleIDs:
			v = tk.IDs
		case roleMask:
			v = tk.Attention()
		case roleTypes:
			if v = tk.Types; v == nil {
				v = make([]int64, len(tk.IDs))
			}
		case rolePositions:
			if t.inputs[i].Shape[0] == 1 {
				n = 1
			}
			v = make([]int64, int(n)*tk.Len)
			for k := range v {
				v[k] = int64(k % tk.Len)
			}
		default:
			var err error
			if out[i], err = constant(t.inputs[i]); err != nil {
				return nil, err
			}
			continue
		}
		out[i] = ort.Tensor{Int64: v, Shape: []int64{n, int64(tk.Len)}}
		if kind := t.inputs[i].Type; kind == "float32" || kind == "float16" {
			out[i].Int64, out[i].Float32 = nil, ort.Floats(v)
		}
	}
	return out, nil
}

// constant is one item for an input that affects only the output of the other tower. It is zeros, and for
// ids an empty text. Open dimensions get CLIP's sizes.
func constant(p ort.Port) (ort.Tensor, error) {
	out, size := ort.Tensor{}, 1
	for i, d := range p.Shape {
		if d < 1 {
			d = [...]int64{1, 2, 224, 224}[i]
			if pixels, last := isPixels(p); pixels && i == 1 {
				d = 3
				if last {
					d = 224
				}
			}
		}
		out.Shape = append(out.Shape, d)
		if size *= int(d); size > encoders.MaxCall/8 {
			return out, errors.New("the other tower's input takes too much memory")
		}
	}
	switch {
	case isIDs(p):
		out.Int64 = make([]int64, size)
		if len(out.Int64) > 1 && strings.Contains(strings.ToLower(p.Name), "ids") {
			out.Int64[0], out.Int64[1] = encoders.EOT-1, encoders.EOT
		}
	case p.Type == "uint8":
		out.Bytes = make([]byte, size)
	default:
		out.Float32 = make([]float32, size)
	}
	return out, nil
}
