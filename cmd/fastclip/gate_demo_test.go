package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/oip"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

// demoSuite has one variant for each kind of damage, and some that do not change. %[1]s is the models' folder, %[2]s a server's address, %[3]s the pipeline
// of "cropped".
const demoSuite = `name: demo
metrics: [R@1, nDCG@10]
resamples: 1000
defaults: {model: %[1]s}
timing: {items: 32, rounds: 12, warmup: 2}
datasets:
  - {name: single, scenes: {objects: 1, count: 200, seed: 1}}
  - {name: double, scenes: {objects: 2, count: 200, seed: 2}}
variants:
  - {name: onnx}
  - {name: half, image: image.fp16.onnx, text: text.fp16.onnx, precision: fp16}
  - {name: cropped, preprocess: %[3]s}
  - {name: served, runtime: oip, url: "%[2]s", model: remote}
  - {name: int8, image: image.int8.onnx, text: text.int8.onnx, precision: int8}
  - {name: rgb, preprocess: rgb_conversion}
  - {name: one, batch: 1}
`

// TestGateDemo is ./task gate-demo: a baseline, three damaged heads and ten undisturbed ones, with the built program. It measures time, so it runs only if
// FASTCLIP_DEMO is set to the number of undisturbed repeats (10). FASTCLIP_PROGRAM names the program. Run it on a quiet machine.
func TestGateDemo(t *testing.T) {
	repeats, err := strconv.Atoi(os.Getenv("FASTCLIP_DEMO"))
	if err != nil {
		t.Skip("set FASTCLIP_DEMO to the number of undisturbed repeats, as ./task gate-demo does: minutes, and timings")
	}
	testenv.Library(t, "onnxruntime")
	d := newDemo(t)
	d.eval("base")

	// undisturbed runs
	alarms, open := 0, 0
	for i := range repeats {
		name := fmt.Sprintf("repeat%d", i+1)
		d.eval(name)
		r := d.gate(name)
		alarms += count(r.Verdict == gate.Regression)
		open += count(r.Verdict == gate.NotMeasured)
		assert.NotEqual(t, gate.Regression, r.Verdict, r.Headline)
	}
	fmt.Printf("undisturbed: %d repeats, %d alarms, %d not measured\n", repeats, alarms, open)

	// break the scale of one layer of the fp16 weights
	file := filepath.Join(d.models, "image.fp16.onnx")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, scaleLayer(t, whole), 0o600))
	d.eval("scaled")
	r := d.gate("scaled")
	require.NoError(t, os.WriteFile(file, whole, 0o600))
	require.Equal(t, gate.Regression, r.Verdict, r.Headline)
	assert.Equal(t, "half", r.Regressions[0].Variant)
	assert.Contains(t, r.Regressions[0].Stage, "model")

	// replace Pillow's crop by a squash
	d.pipeline = "siglip"
	d.eval("squashed")
	r = d.gate("squashed")
	d.pipeline = "original_clip"
	require.Equal(t, gate.Regression, r.Verdict, r.Headline)
	assert.Equal(t, "cropped", r.Regressions[0].Variant)
	assert.Contains(t, r.Regressions[0].Stage, "geometry")

	// make the served encoder slower by 10 % of an image's time
	d.delay.Store(int64(0.1 * d.imageTime("base", "served")))
	d.eval("delayed")
	r = d.gate("delayed")
	require.Equal(t, gate.Regression, r.Verdict, r.Headline)
	assert.Equal(t, "served", r.Regressions[0].Variant)
	assert.Equal(t, gate.CheckSlowdown, r.Regressions[0].Check)
	assert.Contains(t, r.Regressions[0].Stage, "encode")
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// demo is a folder with models, suite and runs.
type demo struct {
	t                              *testing.T
	dir, models, program, pipeline string
	server                         string
	delay                          atomic.Int64 // in nanoseconds per image
}

func newDemo(t *testing.T) *demo {
	d := &demo{t: t, dir: t.TempDir(), program: os.Getenv("FASTCLIP_PROGRAM"), pipeline: "original_clip"}
	if d.program == "" {
		d.program = filepath.Join(testenv.Root(t), "bin", "fastclip")
	}
	d.models = filepath.Join(d.dir, "mini")
	mini := filepath.Join(testenv.Root(t), "testdata", "models", "mini")
	require.NoError(t, os.CopyFS(d.models, os.DirFS(mini)))
	models, err := filepath.Abs(filepath.Dir(mini))
	require.NoError(t, err)
	lib, err := ort.Open("")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, lib.Close()) })
	enc, err := runtimes.Open(t.Context(), encoders.Spec{Name: "served", Model: "mini"}.WithDefaults(),
		encoders.Env{Models: os.DirFS(models), ORT: func() (*ort.Library, error) { return lib, nil }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, enc.Close()) })
	server := httptest.NewServer(&slowServer{enc: enc, delay: &d.delay})
	t.Cleanup(server.Close)
	d.server = server.URL
	return d
}

// suite writes the suite with the current settings.
func (d *demo) suite() string {
	path := filepath.Join(d.dir, "demo.yaml")
	require.NoError(d.t, os.WriteFile(path, fmt.Appendf(nil, demoSuite, d.models, d.server, d.pipeline), 0o600))
	return path
}

func (d *demo) run(args ...string) (stdout string, code int) {
	cmd := exec.CommandContext(d.t.Context(), d.program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, _ := cmd.Output()
	if code = cmd.ProcessState.ExitCode(); code < 0 || code == cli.ExitUsage {
		require.Fail(d.t, "fastclip "+strings.Join(args, " "), "%d: %s", code, stderr.String())
	}
	return string(out), code
}

func (d *demo) eval(name string) {
	_, code := d.run("eval", d.suite(), "--out", filepath.Join(d.dir, name), "--cache", filepath.Join(d.dir, "cache"))
	require.Zero(d.t, code, name)
}

// verdict is the part of gate's JSON that the test reads.
type verdict struct {
	Headline    string         `json:"headline"`
	Verdict     gate.Verdict   `json:"verdict"`
	Regressions []gate.Finding `json:"regressions"`
	Notes       []string       `json:"notes"`
}

func (d *demo) gate(name string) (v verdict) {
	out, code := d.run("gate", filepath.Join(d.dir, "base"), filepath.Join(d.dir, name), "--suite", filepath.Join(d.dir, "demo.yaml"),
		"--cache", filepath.Join(d.dir, "cache"), "--confirm", "--format", "json")
	require.NoError(d.t, json.Unmarshal([]byte(out), &v))
	assert.Equal(d.t, v.Verdict.ExitCode(), code)
	fmt.Printf("%s: exit %d: %s\n", name, code, v.Headline)
	for _, n := range v.Notes {
		fmt.Printf("    %s\n", n)
	}
	return v
}

// imageTime is the median time for an image in all phases, in nanoseconds.
func (d *demo) imageTime(name, variant string) float64 {
	res, err := store.LoadRun(filepath.Join(d.dir, name), store.TableTimings)
	require.NoError(d.t, err)
	totals := map[int64]float64{}
	for _, x := range res.Timings {
		if x.Variant == variant && x.Modality == "image" && x.Warm {
			totals[x.Rep] += float64(x.NS) / float64(x.Items)
		}
	}
	var all []float64
	for _, ns := range totals {
		all = append(all, ns)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// slowServer serves an encoder over the Open Inference Protocol, and waits some time for each image.
type slowServer struct {
	enc    encoders.Encoder
	delay  *atomic.Int64
	busy   sync.Mutex
	body   bytes.Buffer
	pixels []float32
}

func (s *slowServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	model, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/models/"), "/")
	var out any
	var err error
	info := s.enc.Info()
	switch {
	case r.URL.Path == "/v2":
		out = oip.Server{Name: "demo", Version: "1", Extensions: []string{oip.Binary}}
	case rest == "ready":
		out = struct{}{}
	case rest == "infer":
		out, err = s.infer(r, model)
	case model == "image":
		out = oip.Model{Name: model, Versions: []string{"1"}, Inputs: []oip.Port{{Name: "pixel_values", Datatype: "FP32", Shape: []int64{-1, 3, int64(info.ImageSize), int64(info.ImageSize)}}},
			Outputs: []oip.Port{{Name: "embeds", Datatype: "FP32", Shape: []int64{-1, int64(info.Dim)}}}}
	case model == "text":
		out = oip.Model{Name: model, Versions: []string{"1"}, Inputs: []oip.Port{{Name: "input_ids", Datatype: "INT64", Shape: []int64{-1, -1}}},
			Outputs: []oip.Port{{Name: "embeds", Datatype: "FP32", Shape: []int64{-1, int64(info.Dim)}}}}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, fmt.Sprintf(`{"error": %q}`, err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (s *slowServer) infer(r *http.Request, model string) (any, error) {
	s.busy.Lock() // reuses buffers, so that memory allocation adds no noise
	defer s.busy.Unlock()
	s.body.Reset()
	if _, err := s.body.ReadFrom(r.Body); err != nil {
		return nil, err
	}
	body := s.body.Bytes()
	n, err := strconv.Atoi(r.Header.Get("Inference-Header-Content-Length"))
	if err != nil {
		return nil, fmt.Errorf("want the binary extension: %w", err)
	}
	var req struct {
		Inputs []struct{ Shape []int }
	}
	if err := json.Unmarshal(body[:n], &req); err != nil {
		return nil, err
	}
	shape, raw := req.Inputs[0].Shape, body[n:]
	var e encoders.Embeddings
	ctx := context.WithoutCancel(r.Context())
	if model == "image" {
		s.pixels = slices.Grow(s.pixels[:0], len(raw)/4)[:len(raw)/4]
		if _, err := binary.Decode(raw, binary.LittleEndian, s.pixels); err != nil {
			return nil, err
		}
		px := encoders.Pixels{N: shape[0], Size: shape[2], Data: s.pixels}
		e, err = s.enc.EncodeImages(ctx, px)
		time.Sleep(time.Duration(s.delay.Load()) * time.Duration(shape[0]))
	} else {
		tk := encoders.Tokens{N: shape[0], Len: shape[1]}
		for i := 0; i < len(raw); i += 8 {
			tk.IDs = append(tk.IDs, int64(binary.LittleEndian.Uint64(raw[i:])))
		}
		e, err = s.enc.EncodeTexts(ctx, tk)
	}
	return map[string]any{"outputs": []any{map[string]any{"name": "embeds", "datatype": "FP32", "shape": []int{e.N, e.Dim}, "data": e.Data}}}, err
}

// scaleLayer multiplies the half-precision weights of one layer by four. It takes the matrix in the middle of the large ones in the graph.
func scaleLayer(t *testing.T, file []byte) []byte {
	t.Helper()
	file = slices.Clone(file)
	var layers [][]byte // raw_data, as slices of file
	for _, graph := range parts(t, file, 7) {
		for _, tensor := range parts(t, graph, 5) {
			raw := parts(t, tensor, 9)
			if len(raw) == 1 && len(raw[0]) >= 20000 && halfMatrix(tensor) {
				layers = append(layers, raw[0])
			}
		}
	}
	require.NotEmpty(t, layers)
	layer := layers[len(layers)/2]
	for i := 0; i < len(layer); i += 2 {
		bits := binary.LittleEndian.Uint16(layer[i:])
		if exponent := bits >> 10 & 0x1f; exponent > 0 && exponent < 29 {
			binary.LittleEndian.PutUint16(layer[i:], bits+2<<10)
		}
	}
	return file
}

// parts returns the length-delimited fields with a number in a message.
func parts(t *testing.T, data []byte, number protowire.Number) (out [][]byte) {
	t.Helper()
	for len(data) > 0 {
		num, kind, n := protowire.ConsumeTag(data)
		require.Positive(t, n)
		data = data[n:]
		if n = protowire.ConsumeFieldValue(num, kind, data); kind == protowire.BytesType && num == number {
			v, _ := protowire.ConsumeBytes(data)
			out = append(out, v)
		}
		require.Positive(t, n)
		data = data[n:]
	}
	return out
}

// halfMatrix reports whether a TensorProto is FLOAT16 (10) with two dimensions.
func halfMatrix(data []byte) bool {
	dims, half := 0, false
	for len(data) > 0 {
		num, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return false
		}
		data = data[n:]
		switch {
		case num == 1 && kind == protowire.VarintType:
			dims++
		case num == 1 && kind == protowire.BytesType:
			packed, _ := protowire.ConsumeBytes(data)
			for len(packed) > 0 {
				_, k := protowire.ConsumeVarint(packed)
				packed, dims = packed[max(k, 1):], dims+1
			}
		case num == 2:
			v, _ := protowire.ConsumeVarint(data)
			half = v == 10
		}
		if n = protowire.ConsumeFieldValue(num, kind, data); n < 0 {
			return false
		}
		data = data[n:]
	}
	return half && dims == 2
}
