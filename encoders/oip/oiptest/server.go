// Package oiptest is a small server of the Open Inference Protocol for tests. Its two models, "image" and "text", only do arithmetic. Tests can make it
// misbehave.
package oiptest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastclip/fastclip/encoders/oip"
)

// Preprocess is how the image model says that it prepares files.
const Preprocess = "the first 3072 bytes as they are"

// Sizes in the models.
const (
	Dim, Side = 16, 32
	eot       = 49407
)

// Server configures the test server. The zero value follows the protocol, with JSON only.
type Server struct {
	Binary bool // offers the binary tensor extension
	Files  bool // the image model takes files, of which it uses the first bytes
	Mask   bool // the text model takes an attention_mask and INT32 ids
	Token  string
	// MaxBatch is in its configuration, as in Triton's. Batch is the batch size that its shapes demand, and Length the length of its texts. It refuses other
	// requests.
	MaxBatch, Batch, Length int
	Clock                   string // how it reports its compute time: "answer", "triton", "mlserver", or "" for not at all
	// Fault is what it does wrong: "error", "shape", "count", "half", "nan", "hang", "huge", "not json", "dynamic" (metadata without sizes), or "" for
	// nothing.
	Fault string
}

// Start serves until Close.
func (s Server) Start() *httptest.Server {
	return httptest.NewServer(&running{Server: s})
}

// CallNS is the time of each call that a server with a Clock reports.
const CallNS = 1000

type running struct {
	Server
	calls sync.Map // number of calls by model, as *atomic.Int64
}

func (s *running) called(model string) *atomic.Int64 {
	n, _ := s.calls.LoadOrStore(model, new(atomic.Int64))
	return n.(*atomic.Int64)
}

func (s *running) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		fail(w, http.StatusUnauthorized, "who are you?")
		return
	}
	model, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/models/"), "/")
	switch {
	case r.URL.Path == "/v2":
		info := oip.Server{Name: "oiptest", Version: "1", Extensions: []string{"other"}}
		if s.Binary {
			info.Extensions = append(info.Extensions, oip.Binary)
		}
		if s.Clock == "triton" {
			info.Extensions = append(info.Extensions, oip.Statistics)
		}
		answer(w, info)
	case r.URL.Path == "/metrics" && s.Clock == "mlserver":
		for _, m := range []string{"text", "image"} {
			fmt.Fprintf(w, "model_infer_request_duration_count{model=\"%s\",version=\"\"} 9\nmodel_infer_request_duration_sum{model=\"%s\",version=\"\"} %g\n",
				m, m, float64(s.called(m).Load()*CallNS)/1e9)
		}
	case model != "image" && model != "text":
		fail(w, http.StatusNotFound, "no model "+model)
	case rest == "ready":
	case rest == "":
		answer(w, s.metadata(model))
	case rest == "config" && s.MaxBatch > 0:
		answer(w, map[string]any{"name": model, "max_batch_size": s.MaxBatch})
	case rest == "infer":
		s.called(model).Add(1)
		s.infer(w, r, model)
	case rest == "stats" && s.Clock == "triton":
		n := s.called(model).Load()
		part := func(ns int64) any { return map[string]any{"count": n, "ns": n * ns} }
		answer(w, map[string]any{"model_stats": []any{map[string]any{"name": model, "version": "1", "inference_stats": map[string]any{
			"success": part(9 * CallNS), "queue": part(8 * CallNS),
			"compute_input": part(100), "compute_infer": part(CallNS - 150), "compute_output": part(50),
		}}}})
	default:
		fail(w, http.StatusNotFound, "no "+r.URL.Path)
	}
}

func (s Server) metadata(model string) oip.Model {
	out := []oip.Port{{Name: "embeds", Datatype: "FP32", Shape: []int64{-1, Dim}}}
	m := oip.Model{Name: model, Versions: []string{"1"}, Platform: "arithmetic", Outputs: out}
	if model == "image" {
		m.Inputs = []oip.Port{{Name: "pixel_values", Datatype: "FP32", Shape: []int64{-1, 3, Side, Side}}}
		if s.Files {
			m.Inputs = []oip.Port{{Name: "files", Datatype: "BYTES", Shape: []int64{-1, 1}}}
			m.Parameters = map[string]any{"preprocess": Preprocess}
		}
	} else {
		m.Inputs = []oip.Port{{Name: "input_ids", Datatype: "INT64", Shape: []int64{-1, -1}}}
		if s.Mask {
			m.Inputs[0].Datatype = "INT32"
			m.Inputs = append(m.Inputs, oip.Port{Name: "attention_mask", Datatype: "INT32", Shape: []int64{-1, -1}})
		}
	}
	if s.Fault == "dynamic" {
		out[0].Shape = []int64{-1, -1}
	}
	for i := range m.Inputs {
		if s.Batch > 0 {
			m.Inputs[i].Shape[0] = int64(s.Batch)
		}
		if s.Length > 0 && model == "text" {
			m.Inputs[i].Shape[1] = int64(s.Length)
		}
	}
	return m
}

func (s Server) infer(w http.ResponseWriter, r *http.Request, model string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	head := body
	if n, err := strconv.Atoi(r.Header.Get("Inference-Header-Content-Length")); err == nil {
		head, body = body[:n], body[n:]
	}
	var req struct{ Inputs []tensor }
	if err := json.Unmarshal(head, &req); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	for i := range req.Inputs {
		in := &req.Inputs[i]
		if body, err = in.take(body); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		for k, v := range in.Data {
			in.Data[k] = float64(float32(v)) // as in JSON, where v differs slightly; ids are exact
		}
	}
	if err := s.refuses(req.Inputs, model); err != "" {
		fail(w, http.StatusBadRequest, err)
		return
	}
	out := make([]float32, 0, Dim)
	rows := int(req.Inputs[0].Shape[0])
	per := len(req.Inputs[0].Data) / rows
	for i := range rows {
		out = append(out, embed(req.Inputs[0].Data[i*per:(i+1)*per], model == "text")...)
	}
	s.reply(w, r, out, rows)
}

// refuses returns what is wrong with a request's shapes, or "".
func (s Server) refuses(in []tensor, model string) string {
	for _, t := range in {
		switch {
		case s.MaxBatch > 0 && t.Shape[0] > int64(s.MaxBatch):
			return fmt.Sprintf("inference request batch-size must be <= %d", s.MaxBatch)
		case s.Batch > 0 && t.Shape[0] != int64(s.Batch), s.Length > 0 && model == "text" && t.Shape[1] != int64(s.Length):
			return fmt.Sprintf("unexpected shape for input %s: %v", t.Name, t.Shape)
		}
	}
	return ""
}

func (s Server) reply(w http.ResponseWriter, r *http.Request, out []float32, rows int) {
	shape := []int{rows, Dim}
	switch s.Fault {
	case "error":
		fail(w, http.StatusInternalServerError, "out of memory")
		return
	case "shape":
		shape[1]++
	case "count":
		out = out[:len(out)-Dim]
	case "nan":
		out[0] = float32(math.NaN())
	case "hang":
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return
	case "huge":
		out = append(out, make([]float32, 1<<20)...)
	case "not json":
		io.WriteString(w, "<html>hello</html>")
		return
	}
	tensor := map[string]any{"name": "embeds", "shape": shape, "datatype": "FP32"}
	reply := map[string]any{"outputs": []any{tensor}}
	if s.Clock == "answer" {
		reply["parameters"] = map[string]any{"compute_ns": CallNS}
	}
	if !s.Binary {
		tensor["data"] = out
		answer(w, reply)
		return
	}
	tensor["parameters"] = map[string]any{"binary_data_size": 4 * len(out)}
	head, err := json.Marshal(reply)
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Inference-Header-Content-Length", strconv.Itoa(len(head)))
	for _, v := range out {
		head = binary.LittleEndian.AppendUint32(head, math.Float32bits(v))
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(head)))
	if s.Fault == "half" {
		head = head[:len(head)/2]
	}
	w.Write(head)
}

func answer(w http.ResponseWriter, v any) { json.NewEncoder(w).Encode(v) }

func fail(w http.ResponseWriter, status int, why string) {
	w.WriteHeader(status)
	answer(w, map[string]string{"error": why})
}
