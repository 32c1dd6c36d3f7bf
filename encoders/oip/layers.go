package oip

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Layer is a part of a model that a server lets clients inspect. Our adapters add this to the protocol.
type Layer struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"` // class and settings; may be empty
	Dtype   string   `json:"dtype"`
	Weights []string `json:"weights"`
	Leaf    bool     `json:"leaf"`  // it contains no other layers
	Takes   bool     `json:"takes"` // its input can be inspected
}

// Served is a server with its two models.
type Served struct {
	Client      *Client
	Image, Text Model
	Ours        bool // this program started it
	// Watch bounds a call.
	Watch func(context.Context) (context.Context, func(error) error)
}

// ErrNoLayers is the error for a server whose layers cannot be inspected.
var ErrNoLayers = errors.New("offers no layers")

// mostLayers is the largest number of layers in a model, and maxLook the largest size of what is
// inspected.
const (
	mostLayers = 20000
	maxLook    = 1 << 29
)

// Layers are the layers of a model, in the order in which they run.
func (c *Client) Layers(ctx context.Context, model string) ([]Layer, error) {
	var said struct {
		Layers []Layer `json:"layers"`
	}
	err := c.getJSON(ctx, "/v2/models/"+url.PathEscape(model)+"/layers", &said)
	if status := (*statusError)(nil); errors.As(err, &status) && !status.busy() || errors.Is(err, errNoJSON) || err == nil && len(said.Layers) == 0 {
		return nil, ErrNoLayers
	}
	if err == nil && len(said.Layers) > mostLayers {
		err = fmt.Errorf("%d layers: want %d at most", len(said.Layers), mostLayers)
	}
	return said.Layers, err
}

// Output is a tensor of an answer.
type Output struct {
	Shape   []int64
	Float32 []float32
}

// Look runs a model and returns the named outputs, in whatever shapes the server says.
func (c *Client) Look(ctx context.Context, model string, inputs []Tensor, outputs []string) (map[string]Output, error) {
	parts, err := c.encode(inputs, outputs...)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address("/v2/models/"+url.PathEscape(model)+"/infer"), nil)
	if err != nil {
		return nil, c.hide(err)
	}
	sent := setBody(req, parts)
	defer sent.Wait()
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set(lengthHeader, strconv.Itoa(len(parts[0])))
	answer, header, err := c.do(req, maxLook, 0)
	if err != nil {
		return nil, err
	}
	out, err := decodeAll(answer, header.Get(lengthHeader), outputs)
	if err != nil {
		return nil, c.hide(fmt.Errorf("model %s: %w", model, err))
	}
	return out, nil
}

func decodeAll(body []byte, length string, outputs []string) (map[string]Output, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 || n > len(body) {
		return nil, fmt.Errorf("the answer has %d bytes, but says that its JSON has %.40q", len(body), length)
	}
	tail := body[n:]
	var r response
	if err := json.Unmarshal(body[:n], &r); err != nil {
		return nil, fmt.Errorf("the answer is not JSON of the protocol: %w", err)
	}
	out := map[string]Output{}
	for _, t := range r.Outputs {
		size := t.Parameters.BinarySize
		if size == nil || *size < 0 || *size > int64(len(tail)) {
			return nil, fmt.Errorf("output %.100s does not have the bytes that it declares", t.Name)
		}
		raw := tail[:*size]
		tail = tail[*size:]
		values := int64(1)
		for _, d := range t.Shape {
			if d < 0 || d > maxLook || values*max(d, 1) > maxLook {
				return nil, fmt.Errorf("output %.100s has shape %v, which is negative or too large", t.Name, t.Shape[:min(len(t.Shape), 8)])
			}
			values *= d
		}
		if int64(len(raw)) < values { // before memory is allocated for it
			return nil, fmt.Errorf("output %.100s has %d bytes for shape %v", t.Name, len(raw), t.Shape[:min(len(t.Shape), 8)])
		}
		o := Output{Shape: t.Shape, Float32: make([]float32, values)}
		if err := t.fill(raw, o.Float32, t.Shape); err != nil {
			return nil, err
		}
		out[t.Name] = o
	}
	for _, name := range outputs {
		if _, ok := out[name]; !ok {
			return nil, fmt.Errorf("the answer has no output %s", name)
		}
	}
	return out, nil
}
