package onnxtest

import "math/rand/v2"

// EOT is CLIP's end-of-text id.
const EOT = 49407

// random are n values of a seed, near a tenth.
func random(seed uint64, n int) []float32 {
	rng, out := rand.New(rand.NewPCG(seed, 0)), make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64()) / 10
	}
	return out
}

// Projected continues an image tower from "pixels", float32 [n,3,size,size], to "image_embeds": means
// of 4 x 4 tiles, times a matrix of the seed.
func (g *Graph) Projected(pixels string, size, dim int, seed uint64) *Graph {
	k := int64(size / 4)
	return g.Node("AveragePool", []string{pixels}, []string{"tiles"}, Attr{"kernel_shape", []int64{k, k}}, Attr{"strides", []int64{k, k}}).
		Node("Flatten", []string{"tiles"}, []string{"flat"}).
		Floats("projection", []int64{48, int64(dim)}, random(seed, 48*dim)).
		Node("MatMul", []string{"flat", "projection"}, []string{"image_embeds"})
}

// Image is an image tower of pictures of a size, the same function of a picture for every size.
func Image(size, dim int) []byte {
	return new(Graph).In("pixel_values", Float32, "n", 3, size, size).Projected("pixel_values", size, dim, 1).
		Out("image_embeds", Float32, "n", dim).Bytes()
}

// Hidden continues a text tower from ids, int64 [n,l], to "hidden", float32 [n,l,dim]: cosines of the
// ids at their places, 0 after the first EOT.
func (g *Graph) Hidden(ids string, dim int) *Graph {
	f := make([]float32, dim)
	for i := range f {
		f[i] = 0.3 + float32(i)*0.11
	}
	g.Ints("eot", nil, EOT).Ints("one", nil, 1).Ints("last", []int64{1}, -1).Ints("axis", nil, 1).Floats("frequencies", []int64{1, 1, int64(dim)}, f)
	return g.Node("Cast", []string{ids}, []string{"x"}, Attr{"to", int64(Float32)}).
		Node("Unsqueeze", []string{"x", "last"}, []string{"x3"}).
		Node("Equal", []string{ids, "eot"}, []string{"is_eot"}).
		Node("Cast", []string{"is_eot"}, []string{"ends"}, Attr{"to", int64(Int64)}).
		Node("CumSum", []string{"ends", "axis"}, []string{"ended"}, Attr{"exclusive", int64(1)}).
		Node("Less", []string{"ended", "one"}, []string{"before"}).
		Node("Cast", []string{"before"}, []string{"keep"}, Attr{"to", int64(Float32)}).
		Node("Unsqueeze", []string{"keep", "last"}, []string{"keep3"}).
		Node("Mul", []string{"x3", "frequencies"}, []string{"angle"}).
		Node("Cos", []string{"angle"}, []string{"wave"}).
		Node("Mul", []string{"wave", "keep3"}, []string{"hidden"})
}

// Summed continues from "hidden" to "text_embeds", the sum over the places.
func (g *Graph) Summed() *Graph {
	return g.Ints("places", []int64{1}, 1).Node("ReduceSum", []string{"hidden", "places"}, []string{"text_embeds"}, Attr{"keepdims", int64(0)})
}

// Text is a text tower for rows of any length.
func Text(dim int) []byte {
	return new(Graph).In("input_ids", Int64, "n", "l").Hidden("input_ids", dim).Summed().Out("text_embeds", Float32, "n", dim).Bytes()
}

// Merged is one file of both towers, as exporters write a CLIPModel: all inputs, the logits and both
// embeddings. Its attention_mask reaches nothing.
func Merged(size, dim int) []byte {
	g := new(Graph).In("input_ids", Int64, "texts", "l").In("pixel_values", Float32, "images", 3, size, size).In("attention_mask", Int64, "texts", "l")
	g.Projected("pixel_values", size, dim, 1).Hidden("input_ids", dim).Summed()
	return g.Node("Transpose", []string{"text_embeds"}, []string{"across"}).Node("MatMul", []string{"image_embeds", "across"}, []string{"logits_per_image"}).
		Out("logits_per_image", Float32, "images", "texts").Out("text_embeds", Float32, "texts", dim).Out("image_embeds", Float32, "images", dim).Bytes()
}

// ImageBytes is Image with its preprocessing in the graph: uint8 [n,size,size,3], divided by 255.
func ImageBytes(size, dim int) []byte {
	g := new(Graph).In("pixels", Uint8, "n", size, size, 3).Floats("white", nil, []float32{255})
	return g.Node("Cast", []string{"pixels"}, []string{"cast"}, Attr{"to", int64(Float32)}).
		Node("Div", []string{"cast", "white"}, []string{"scaled"}).
		Node("Transpose", []string{"scaled"}, []string{"planes"}, Attr{"perm", []int64{0, 3, 1, 2}}).
		Projected("planes", size, dim, 1).Out("image_embeds", Float32, "n", dim).Bytes()
}

// ImageLast is Image with the channels last, float32 [n,size,size,3].
func ImageLast(size, dim int) []byte {
	return new(Graph).In("pixels", Float32, "n", size, size, 3).
		Node("Transpose", []string{"pixels"}, []string{"planes"}, Attr{"perm", []int64{0, 3, 1, 2}}).
		Projected("planes", size, dim, 1).Out("image_embeds", Float32, "n", dim).Bytes()
}

// ImageHidden gives one vector per token, one token per picture; tokens is what the file says of their number.
func ImageHidden(size, dim int, tokens any) []byte {
	g := new(Graph).In("pixel_values", Float32, "n", 3, size, size).Projected("pixel_values", size, dim, 1).Ints("second", []int64{1}, 1)
	return g.Node("Unsqueeze", []string{"image_embeds", "second"}, []string{"last_hidden_state"}).Out("last_hidden_state", Float32, "n", tokens, dim).Bytes()
}

// TextHidden gives one vector per token, and nothing else.
func TextHidden(dim int) []byte {
	return new(Graph).In("input_ids", Int64, "n", "l").Hidden("input_ids", dim).
		Node("Identity", []string{"hidden"}, []string{"last_hidden_state"}).Out("last_hidden_state", Float32, "n", "l", dim).Bytes()
}

// TextTyped is a text tower that is told all that BERT is: its embedding is Text's, plus the sums of the
// mask, of the types and of the positions in the first three values.
func TextTyped(dim int) []byte {
	g := new(Graph).In("attention_mask", Int64, "n", "l").In("token_type_ids", Int64, "n", "l").In("position_ids", Int64, "n", "l").In("input_ids", Int64, "n", "l")
	g.Hidden("input_ids", dim).Ints("places", []int64{1}, 1).Node("ReduceSum", []string{"hidden", "places"}, []string{"plain"}, Attr{"keepdims", int64(0)})
	last := "plain"
	for i, name := range []string{"attention_mask", "token_type_ids", "position_ids"} {
		at := make([]float32, dim)
		at[i] = 1
		g.Floats("at_"+name, []int64{1, int64(dim)}, at).Node("Cast", []string{name}, []string{"f_" + name}, Attr{"to", int64(Float32)}).
			Node("ReduceSum", []string{"f_" + name, "places"}, []string{"s_" + name}, Attr{"keepdims", int64(1)}).
			Node("Mul", []string{"s_" + name, "at_" + name}, []string{"m_" + name}).Node("Add", []string{last, "m_" + name}, []string{"a_" + name})
		last = "a_" + name
	}
	return g.Node("Identity", []string{last}, []string{"text_embeds"}).Out("text_embeds", Float32, "n", dim).Bytes()
}

// ImageOpen is Image of pictures of any size.
func ImageOpen(size, dim int) []byte {
	return new(Graph).In("pixel_values", Float32, "n", 3, "height", "width").Projected("pixel_values", size, dim, 1).Out("image_embeds", Float32, "n", dim).Bytes()
}

// TextPositions is Text with a table of learned positions, which it cannot go beyond.
func TextPositions(dim, rows int) []byte {
	g := new(Graph).In("input_ids", Int64, "n", "l").Hidden("input_ids", dim)
	g.Floats("text_model.embeddings.position_embedding.weight", []int64{int64(rows), int64(dim)}, random(2, rows*dim)).Ints("zero", []int64{1}, 0)
	return g.Node("Shape", []string{"input_ids"}, []string{"length"}, Attr{"start", int64(1)}, Attr{"end", int64(2)}).
		Node("Slice", []string{"text_model.embeddings.position_embedding.weight", "zero", "length", "zero"}, []string{"positions"}).
		Node("Add", []string{"hidden", "positions"}, []string{"placed"}).Ints("places", []int64{1}, 1).
		Node("ReduceMean", []string{"placed"}, []string{"text_embeds"}, Attr{"axes", []int64{1}}, Attr{"keepdims", int64(0)}).
		Out("text_embeds", Float32, "n", dim).Bytes()
}
