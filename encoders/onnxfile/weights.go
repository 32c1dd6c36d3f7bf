package onnxfile

import (
	"fmt"
	"strings"
)

// Weights is the precision of most of the graph's weights, in a suite's words: fp32, fp16, bf16, int8 for a graph
// that multiplies in 8 bits, or int4 for one that unpacks 4 bits. It is "" if the weights do not show it.
func (f *File) Weights() string {
	n := f.Parameters
	switch {
	case f.Ops["com.microsoft.MatMulNBits"] > 0 || f.Ops["com.microsoft.MatMulBnb4"] > 0:
		return "int4"
	case f.Quantization().Kind != "" || n["int8"]+n["uint8"] > n["float32"]+n["float16"]+n["bfloat16"]:
		return "int8"
	case n["float16"] > max(n["float32"], n["bfloat16"]):
		return "fp16"
	case n["bfloat16"] > n["float32"]:
		return "bf16"
	case n["float32"] > 0:
		return "fp32"
	}
	return ""
}

// Fits tells whether the precision that a suite or a file name gives matches the weights, as Weights names them.
// Words that leave room, and those that Weights cannot tell apart, match everything.
func Fits(label, weights string) bool {
	switch label {
	case "fp32", "fp16", "bf16":
		return weights == "" || weights == label
	case "int8", "uint8", "quantized":
		return weights == "" || weights == "int8"
	case "int4", "uint4", "q4", "bnb4", "q4f16":
		return weights == "" || weights == "int4" || weights == "int8" // other packings of 4 bits are stored in bytes
	}
	return true
}

// Mislabelled says when a suite names another precision than a tower's weights have. Otherwise it is nil.
func Mislabelled(label, tower, weights string) []string {
	if Fits(label, weights) {
		return nil
	}
	return []string{fmt.Sprintf("precision %s does not fit the %s tower, whose weights are %s: set precision: %s, or mixed if the towers differ", label, tower, weights, weights)}
}

// Label is the precision that an exporter put into a file's name, such as fp16 in text.fp16.onnx and
// quantized in model_quantized.onnx. It is "" without one.
func Label(file string) string {
	name := strings.TrimSuffix(file, ".onnx")
	if at := strings.LastIndexAny(name, "._"); at >= 0 {
		switch word := name[at+1:]; word {
		case "fp32", "fp16", "bf16", "int8", "uint8", "quantized", "int4", "uint4", "q4", "bnb4", "q4f16":
			return word
		}
	}
	return ""
}

// Facts are what a tower's graph shows besides its ports.
type Facts struct {
	Activation   string // QuickGELU, GELU or ""
	Positions    int    // rows of its table of positions; 0 when none was found
	Quantization Quantization
	Weights      string // precision of the weights
}

// Facts of the graph.
func (f *File) Facts() Facts {
	return Facts{Activation: f.Activation(), Positions: f.Positions(), Quantization: f.Quantization(), Weights: f.Weights()}
}
