package onnxfile

import "math"

// Activations that Activation tells apart.
const (
	QuickGELU = "quickgelu" // x * sigmoid(1.702 x): what OpenAI trained CLIP with
	GELU      = "gelu"      // x * Phi(x), or its tanh approximation
)

// Activation is the activation function of the model's blocks, found from its operators, or "" if they do not show
// it. QuickGELU is known by its factor 1.702 beside a Sigmoid or by a fused operator. GELU is known by Erf, by a
// fused operator, or by the factors of the tanh approximation.
func (f *File) Activation() string {
	has := func(ops ...string) bool {
		for _, op := range ops {
			if f.Ops[op] > 0 {
				return true
			}
		}
		return false
	}
	quick := has("com.microsoft.QuickGelu") || has("Sigmoid") && f.constant(1.702)
	gelu := has("Erf", "Gelu", "com.microsoft.Gelu", "com.microsoft.FastGelu", "com.microsoft.BiasGelu") || has("Tanh") && f.constant(0.044715)
	switch {
	case quick && !gelu:
		return QuickGELU
	case gelu && !quick:
		return GELU
	}
	return ""
}

// constant tells whether a scalar of the graph equals v, within the precision of fp16.
func (f *File) constant(v float64) bool {
	for _, c := range f.constants {
		if math.Abs(c-v) <= v/1024 {
			return true
		}
	}
	return false
}
