package onnxgraph

// Types returns the value types of all tensors, as far as the operators define them. For other operators it assumes the type of the first input.
func (g *Graph) Types() map[string]int64 {
	types := map[string]int64{}
	for name, w := range g.Weights {
		types[name] = w.Type
	}
	for _, p := range g.Inputs {
		types[p.Name] = p.Type
	}
	for _, n := range g.Nodes {
		for i, name := range n.Outputs {
			if name != "" {
				types[name] = n.outputType(i, types)
			}
		}
	}
	return types
}

func (n *Node) outputType(i int, types map[string]int64) int64 {
	at := func(k int) int64 {
		if k < len(n.Inputs) {
			return types[n.Inputs[k]]
		}
		return 0
	}
	switch n.Op {
	case "Cast":
		return n.Attributes["to"].Int
	case "Shape", "Size", "ArgMax", "ArgMin", "NonZero":
		return Int64
	case "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or", "Xor", "IsNaN", "IsInf":
		return Bool
	case "Where":
		return at(1)
	case "MatMulInteger", "ConvInteger":
		return Int32
	case "DynamicQuantizeLinear":
		if i == 1 {
			return Float32
		}
		return Uint8
	case "QuantizeLinear", "QLinearMatMul", "QLinearConv":
		zero := map[string]int{"QuantizeLinear": 2, "QLinearMatMul": 7, "QLinearConv": 7}[n.Op]
		if t := at(zero); t != 0 {
			return t
		}
		return Uint8
	case "DequantizeLinear":
		return at(1)
	case "DynamicQuantizeMatMul", "MatMulIntegerToFloat":
		return Float32
	case "TopK":
		if i == 1 {
			return Int64
		}
	case "ConstantOfShape", "Constant":
		if w := n.Attributes["value"].Weight; w != nil {
			return w.Type
		}
		if n.Op == "Constant" && n.Attributes["value_int"] != (Attribute{}) {
			return Int64
		}
		return Float32
	}
	for k := range n.Inputs {
		if t := at(k); t != 0 {
			return t
		}
	}
	return 0
}
