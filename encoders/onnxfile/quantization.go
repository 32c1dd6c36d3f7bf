package onnxfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Quantization says how a graph multiplies in 8 bits; the zero value means that it does not.
type Quantization struct {
	Kind        string // dynamic: activations get their scale from each input; static: from calibration
	Activations string // u8 or s8
	Weights     string // u8 or s8; "u8, s8" for a graph with both
	PerChannel  bool   // some weights have one scale per channel
	Reduced     bool   // all signed weights have 7 bits (reduce_range)
}

// Kinds of quantization.
const (
	Dynamic = "dynamic"
	Static  = "static"
)

// String is a description such as "dynamic U8S8, a scale a channel", or "".
func (q Quantization) String() string {
	if q.Kind == "" {
		return ""
	}
	s := q.Kind + " " + strings.ToUpper(q.Activations) + strings.ToUpper(strings.ReplaceAll(q.Weights, ", ", "+"))
	if q.PerChannel {
		s += ", a scale a channel"
	}
	if q.Reduced {
		s += ", weights of 7 bits"
	}
	return s
}

// CanSaturate tells whether a kernel that adds two products in 16 bits can lose part of a sum. Kernels for x86-64
// without VNNI do that, for unsigned activations with signed weights of all 8 bits: 2 x 255 x 64 is less than
// 2^15, but 2 x 255 x 127 is not.
func (q Quantization) CanSaturate() bool {
	return q.Activations == "u8" && strings.Contains(q.Weights, "s8") && !q.Reduced
}

// eightBit is what matters about an initializer for quantization.
type eightBit struct {
	kind   int64
	n      int64
	values []byte // nil when they are in another file
}

// quantNode is a node that quantizes or multiplies in 8 bits.
type quantNode struct {
	op     string
	inputs []string
}

// quantOps are the relevant operators. The numbers are the input positions of the weights, of the weights'
// scale or zero point, and of the activations' zero point.
var quantOps = map[string]struct{ weights, scale, zero int }{
	"MatMulInteger":                       {1, 3, 2},
	"ConvInteger":                         {1, 3, 2},
	"com.microsoft.MatMulIntegerToFloat":  {1, 3, 4},
	"com.microsoft.DynamicQuantizeMatMul": {1, 2, -1},
	"QLinearMatMul":                       {3, 4, 2},
	"QLinearConv":                         {3, 4, 2},
	"com.microsoft.QGemm":                 {3, 4, 2},
	"DequantizeLinear":                    {0, 1, 2},
	"DynamicQuantizeLinear":               {-1, -1, -1},
}

// signedLimit is the largest magnitude of 7 bits.
const signedLimit = 64

// Quantization finds out how the graph multiplies in 8 bits, from its operators and their weights.
func (f *File) Quantization() Quantization {
	var q Quantization
	kinds, widest := map[string]bool{}, 0
	for _, n := range f.quantNodes {
		at := quantOps[n.op]
		w, isWeight := f.eightBits[n.input(at.weights)]
		switch {
		case n.op == "DynamicQuantizeLinear" || n.op == "com.microsoft.DynamicQuantizeMatMul":
			q.Kind, q.Activations = Dynamic, "u8" // as the operators are defined
		case n.op == "DequantizeLinear" && !isWeight:
			// For an activation, the zero point has the activation's type, and without one the type is
			// unsigned.
			if q.Kind == "" {
				q.Kind = Static
			}
			if q.Activations == "" || q.Activations == "s8" {
				q.Activations = typeOf(f.eightBits[n.input(at.zero)].kind, "u8")
			}
		case strings.HasPrefix(n.op, "QLinear") || n.op == "com.microsoft.QGemm":
			q.Kind, q.Activations = Static, typeOf(f.eightBits[n.input(at.zero)].kind, "u8")
		}
		if !isWeight || w.n < 2 {
			continue
		}
		kinds[typeOf(w.kind, "u8")] = true
		if w.kind == typeInt8 {
			widest = max(widest, w.widest())
		}
		q.PerChannel = q.PerChannel || f.sizes[n.input(at.scale)] > 1
	}
	if q.Weights = strings.Join(slices.Sorted(maps.Keys(kinds)), ", "); q.Weights == "" || q.Kind == "" {
		return Quantization{}
	}
	q.Reduced = widest > 0 && widest <= signedLimit
	return q
}

func typeOf(kind int64, none string) string {
	switch kind {
	case typeInt8:
		return "s8"
	case typeUint8:
		return "u8"
	}
	return none
}

func (n quantNode) input(at int) string {
	if at < 0 || at >= len(n.inputs) {
		return ""
	}
	return n.inputs[at]
}

// note records what Quantization needs about an initializer.
func (f *File) note(t tensor, n int64) {
	if t.Name == "" {
		return
	}
	f.sizes[t.Name] = n
	if t.Type != typeInt8 && t.Type != typeUint8 {
		return
	}
	e := eightBit{kind: t.Type, n: n}
	if t.Location == "" && int64(len(t.Raw)) == n {
		e.values = t.Raw
	}
	f.eightBits[t.Name] = e
}

// widest is the largest magnitude of signed values, or 128 if it is above signedLimit or the values are elsewhere.
func (e eightBit) widest() int {
	if e.values == nil {
		return 128
	}
	most := 0
	for _, b := range e.values {
		if most = max(most, magnitude(int8(b))); most > signedLimit {
			return 128
		}
	}
	return most
}

func magnitude(v int8) int {
	if v < 0 {
		return -int(v)
	}
	return int(v)
}

// TowerQuantization is the description of both towers, given once if they are alike.
func TowerQuantization(image, text Quantization) string {
	a, b := image.String(), text.String()
	switch {
	case a == b:
		return a
	case a == "":
		return "text: " + b
	case b == "":
		return "image: " + a
	}
	return fmt.Sprintf("image: %s; text: %s", a, b)
}
