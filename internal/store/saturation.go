package store

import "encoding/json"

// preciseOption makes ONNX Runtime use kernels that cut off no 8-bit sums on any processor.
const preciseOption = "session.x64quantprecision"

// Precise tells whether the variant's options chose kernels that cut off no 8-bit sum.
func (v Variant) Precise() bool {
	var options map[string]any
	return v.Options != nil && json.Unmarshal([]byte(*v.Options), &options) == nil && options[preciseOption] == "1"
}

// Saturated tells whether 8-bit sums of the variant were cut off, as far as that was measured.
func (v Variant) Saturated() bool { return v.Saturation != nil && *v.Saturation > 0 && !v.Precise() }

// Integer tells whether the variant multiplies in 8 bits, by its graphs or else by its suite.
func (v Variant) Integer() bool {
	if v.Quantization != nil && *v.Quantization != "" {
		return true
	}
	return v.Precision == "int8" || v.Precision == "uint8"
}
