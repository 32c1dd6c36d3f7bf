package encoders

import "github.com/fastclip/fastclip/encoders/onnxfile"

// Quantized says how the towers of ONNX files multiply in 8 bits here.
type Quantized struct{ Image, Text onnxfile.Quantization }

// String describes both towers at once if they are alike. It is empty if neither is quantized.
func (q Quantized) String() string { return onnxfile.TowerQuantization(q.Image, q.Text) }

// CanSaturate tells whether sums of either tower can be cut off on processors that add in 16 bits.
func (q Quantized) CanSaturate() bool { return q.Image.CanSaturate() || q.Text.CanSaturate() }

// PreciseOption makes ONNX Runtime use kernels that cut nothing off. On processors that add in 16 bits, they
// multiply unsigned numbers, whose sums fit. On other processors it changes nothing.
const PreciseOption, Precise = "session.x64quantprecision", "1"
