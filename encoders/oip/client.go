// Package oip is a client of the Open Inference Protocol, version 2, over HTTP (KServe,
// Triton, MLServer), with its binary tensor extension where the server has it. It knows
// nothing of CLIP: tensors in, float32 rows out.
package oip

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Binary is the name of the extension that sends tensors as bytes.
const Binary = "binary_tensor_data"

// Server is what a server says of itself.
type Server struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Extensions []string `json:"extensions"`
}

// Port is an input or an output of a model. A dynamic dimension is -1.
type Port struct {
	Name     string  `json:"name"`
	Datatype string  `json:"datatype"` // "FP32", "INT64" and so on
	Shape    []int64 `json:"shape"`
}

// Model is a model's metadata.
type Model struct {
	Name       string         `json:"name"`
	Versions   []string       `json:"versions,omitempty"`
	Platform   string         `json:"platform"`
	Inputs     []Port         `json:"inputs"`
	Outputs    []Port         `json:"outputs"`
	Parameters map[string]any `json:"parameters,omitempty"`
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	base   string
	header http.Header
	http   *http.Client
	server Server
}

// Dial asks the server at base ("http://host:8000") who it is. The header goes with every
// request; it may be nil.
func Dial(ctx context.Context, base string, header http.Header) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("inference server %q: want a URL such as http://host:8000", base)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // floats do not shrink
	transport.MaxResponseHeaderBytes = 1 << 16
	c := &Client{base: strings.TrimRight(base, "/"), header: header, http: &http.Client{Transport: transport}}
	if err := c.getJSON(ctx, "/v2", &c.server); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Server is what the server said of itself.
func (c *Client) Server() Server { return c.server }

// Close drops the idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Model asks for a model's metadata, after whether it is ready.
func (c *Client) Model(ctx context.Context, name string) (Model, error) {
	var m Model
	path := "/v2/models/" + url.PathEscape(name)
	if err := c.getJSON(ctx, path+"/ready", nil); err != nil {
		return m, fmt.Errorf("model %s is not ready: %w", name, err)
	}
	if err := c.getJSON(ctx, path, &m); err != nil {
		return m, fmt.Errorf("metadata of model %s: %w", name, err)
	}
	m.Name = name // what is asked for next, whatever the server calls it
	return m, nil
}

func (c *Client) getJSON(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return err
	}
	body, _, err := c.do(req, 1<<20)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%s%s: its answer is no JSON of the protocol: %w", c.base, path, err)
	}
	return nil
}

// do sends a request and reads at most limit bytes of a good answer.
func (c *Client) do(req *http.Request, limit int64) ([]byte, http.Header, error) {
	for k, v := range c.header {
		req.Header[k] = v
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err // names method and URL
	}
	defer res.Body.Close()
	body, err := readAll(res, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s %s: %s: %s", req.Method, req.URL, res.Status, reason(body))
	}
	return body, res.Header, nil
}

func readAll(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength > limit {
		return nil, fmt.Errorf("the answer has %d bytes, more than the %d that were asked for", res.ContentLength, limit)
	}
	var b bytes.Buffer
	if res.ContentLength > 0 {
		b.Grow(int(res.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(res.Body, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("the answer has more than the %d bytes that were asked for", limit)
	}
	return b.Bytes(), err
}

// reason is the protocol's {"error": ...}, or the start of whatever came instead.
func reason(body []byte) string {
	var e struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &e) == nil && e.Error != "" {
		body = []byte(e.Error)
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(string(body[:min(len(body), maxReason)]), "")), " ")
}

// maxReason is how much of what a server says of a failure is told.
const maxReason = 500

func (c *Client) binary() bool { return slices.Contains(c.server.Extensions, Binary) }
