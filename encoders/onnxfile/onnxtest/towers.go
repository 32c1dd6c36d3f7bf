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
