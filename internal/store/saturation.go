package store

import "encoding/json"

// preciseOption has ONNX Runtime take kernels that cut no 8-bit sum off, whatever the processor.
const preciseOption = "session.x64quantprecision"

// Precise tells whether the variant ran with kernels that cut no 8-bit sum off by its options.
func (v Variant) Precise() bool {
	var options map[string]any
	return v.Options != nil && json.Unmarshal([]byte(*v.Options), &options) == nil && options[preciseOption] == "1"
}

// Saturated tells whether 8-bit sums of the variant were cut off, as far as was measured.
func (v Variant) Saturated() bool { return v.Saturation != nil && *v.Saturation > 0 && !v.Precise() }

// Integer tells whether the variant multiplies in 8 bits, by its graphs, or else by what its suite says.
func (v Variant) Integer() bool {
	if v.Quantization != nil && *v.Quantization != "" {
		return true
	}
	return v.Precision == "int8" || v.Precision == "uint8"
}
