package encoders

import "github.com/fastclip/fastclip/encoders/onnxfile"

// Quantized is how the towers of ONNX files that are run here multiply in 8 bits.
type Quantized struct{ Image, Text onnxfile.Quantization }

// String says it once where both do alike; it is empty where neither does.
func (q Quantized) String() string { return onnxfile.TowerQuantization(q.Image, q.Text) }

// CanSaturate tells whether either tower's sums can be cut off on processors that add in 16 bits.
func (q Quantized) CanSaturate() bool { return q.Image.CanSaturate() || q.Text.CanSaturate() }

// PreciseOption has ONNX Runtime take kernels that cut nothing off: the products of such processors
// then are of unsigned numbers, which have room in 16 bits. It changes nothing on others.
const PreciseOption, Precise = "session.x64quantprecision", "1"
