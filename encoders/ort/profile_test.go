package ort_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/ort"
)

// node is an event as ONNX Runtime 1.32 writes it, less what is not read.
func node(index int, name, provider string, dur int) string {
	return fmt.Sprintf(`{"cat":"Node","pid":1,"tid":1,"dur":%d,"ts":3,"ph":"X","name":"%s_kernel_time","args":{"op_name":"MatMul","node_index":"%d","provider":"%s","output_type_shape":[{"float":[1,128]}]}}`,
		dur, name, index, provider)
}

func profile(t *testing.T, events ...string) ort.Profile {
	p, err := ort.ParseProfile([]byte("[" + strings.Join(append([]string{
		`{"cat":"Session","pid":1,"tid":1,"dur":15561,"ts":3,"ph":"X","name":"model_loading_uri","args":{}}`,
		`{"cat":"Node","dur":1,"name":"a_fence_before","args":{"op_name":"MatMul"}}`,
		`{"cat":"Kernel","pid":-1,"tid":49,"dur":5000,"name":"OV::Gather_131","args":{"ep":"OpenVINOExecutionProvider"}}`,
	}, events...), ",") + "]"))
	require.NoError(t, err)
	return p
}

func TestParseProfile(t *testing.T) {
	const cuda, cpu = "CUDAExecutionProvider", "CPUExecutionProvider"
	p := profile(t,
		node(0, "a", cuda, 9000), node(1, "b", cuda, 9000), node(2, "c", cuda, 9000), node(3, "d", cpu, 9000), // the first run is cold
		node(0, "a", cuda, 10), node(1, "b", cuda, 20), node(2, "c", cuda, 20), node(3, "d", cpu, 150),
	)
	assert.Equal(t, []ort.Share{{"CPU", 1, 0.25, 0.75}, {"CUDA", 3, 0.75, 0.25}}, p.Shares)
	assert.Equal(t, ort.Share{Provider: "CUDA", Nodes: 3, NodeShare: 0.75, TimeShare: 0.25}, p.Of("cuda"))
	assert.Equal(t, ort.Share{Provider: "TensorRT"}, p.Of("tensorrt"))

	assert.Equal(t, []ort.Share{{"CPU", 1, 1, 1}}, profile(t, node(0, "a", cpu, 7)).Shares, "one run is all there is")
	assert.Equal(t, []ort.Share{{"CPU", 1, 0.5, 0.5}, {"TensorRT", 1, 0.5, 0.5}},
		profile(t, node(0, "a", cpu, 0), node(1, "b", "TensorrtExecutionProvider", 0)).Shares, "nodes of less than a microsecond")
	for data, want := range map[string]string{"": "profile: unexpected end", "[]": "names no node", `[{"cat":"Node","name":"a_kernel_time","args":{}}]`: "names no node"} {
		_, err := ort.ParseProfile([]byte(data))
		assert.ErrorContains(t, err, want, data)
	}
}

// many is n nodes on a provider, run twice.
func many(n, from int, provider string, dur int) []string {
	var out []string
	for range 2 {
		for i := range n {
			out = append(out, node(from+i, fmt.Sprint("n", from+i), provider, dur))
		}
	}
	return out
}

func TestVerdict(t *testing.T) {
	const cuda, cpu, trt, vino = "CUDAExecutionProvider", "CPUExecutionProvider", "TensorrtExecutionProvider", "OpenVINOExecutionProvider"
	for name, c := range map[string]struct {
		asked  string
		events []string
		want   string
	}{
		"all there":           {"cpu", many(5, 0, cpu, 9), ""},
		"fell back":           {"cuda", append(many(7, 0, cuda, 10), many(93, 7, cpu, 50)...), "provider CUDA was requested, but 93 % of nodes ran on CPU (99 % of time)"},
		"never came":          {"cuda", many(3, 0, cpu, 5), "provider CUDA was requested, but 100 % of nodes ran on CPU (100 % of time)"},
		"shapes on CPU":       {"cuda", append(many(90, 0, cuda, 5), many(10, 90, cpu, 1)...), ""},
		"kernels only start":  {"cuda", append(many(90, 0, cuda, 1), many(10, 90, cpu, 100)...), ""},
		"one fused node":      {"tensorrt", append(many(1, 0, trt, 5000), many(9, 1, cuda, 5)...), ""},
		"nothing fused":       {"tensorrt", many(9, 1, cuda, 5), "provider TensorRT was requested, but 100 % of nodes ran on CUDA (100 % of time)"},
		"fused on OpenVINO":   {"openvino", append(many(1, 0, vino, 900), many(9, 1, cpu, 5)...), ""},
		"little on OpenVINO":  {"openvino", append(many(8, 0, vino, 1), many(2, 8, cpu, 50)...), "provider OpenVINO was requested, but 20 % of nodes ran on CPU (93 % of time)"},
		"asked for the plain": {"CPU", append(many(1, 0, vino, 900), many(9, 1, cpu, 5)...), "provider CPU was requested, but 10 % of nodes ran on OpenVINO (95 % of time)"},
	} {
		assert.Equal(t, c.want, profile(t, c.events...).Verdict(c.asked), name)
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		"": "CPU", "cpu": "CPU", "CPUExecutionProvider": "CPU", "cuda": "CUDA", "TensorrtExecutionProvider": "TensorRT", "xnnpack": "XNNPACK",
		"XnnpackExecutionProvider": "XNNPACK", "openvino": "OpenVINO", "GgmlExecutionProvider": "Ggml", "ExecutionProvider": "ExecutionProvider",
	} {
		assert.Equal(t, want, ort.Label(in), in)
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add([]byte("[" + node(0, "a", "CPUExecutionProvider", 3) + "]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ort.ParseProfile(data); err == nil && p.Verdict(p.Shares[0].Provider) != "" && len(p.Shares) == 1 {
			t.Error("everything ran on one provider, and it is not that")
		}
	})
}
