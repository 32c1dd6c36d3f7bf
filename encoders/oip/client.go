// Package oip is a client of the Open Inference Protocol, version 2, over HTTP (KServe, Triton, MLServer). It uses
// the binary tensor extension if the server has it. It knows nothing of CLIP: tensors in, float32 rows out.
package oip

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/redact"
)

// Binary is the name of the protocol extension that sends tensors as bytes.
const Binary = "binary_tensor_data"

// Server is what a server says about itself.
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
	// MaxBatch is the largest batch that the model takes, according to Triton's model configuration. It is
	// 0 when nothing gives it.
	MaxBatch int `json:"-"`
}

// ErrDenied marks errors that a retry cannot change: the server does not let this client in, or redirects it.
var ErrDenied = errors.New("denied")

// Options configure a client; the zero value sets none of them.
type Options struct {
	Header  http.Header // sent with every request; Host names the requested host
	Retried func()      // called each time that a request is sent again
	// Patience is how long metadata is requested again from a server that is busy or down. 0 means as long
	// as the context lasts, as for models.
	Patience time.Duration
}

// Client talks to one server. It is safe for concurrent use.
type Client struct {
	base     url.URL // without a user; its query is sent with every request
	header   http.Header
	host     string   // the requested host, if it differs from the URL's
	secrets  []string // values that no error may show
	retried  func()
	patience time.Duration
	http     *http.Client
	server   Server
}

// Dial asks the server at base ("http://host:8000") who it is. A user in base is sent as basic authorization. No
// error of a client shows secrets from base or the headers.
func Dial(ctx context.Context, base string, opt Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("inference server %q: want a URL such as http://host:8000", redact.URL(base))
	}
	c := &Client{base: *u, header: opt.Header.Clone(), retried: opt.Retried, patience: opt.Patience, secrets: redact.In(base)}
	if c.header == nil {
		c.header = http.Header{}
	}
	c.authorize(u.User)
	for name, values := range c.header {
		if name != "Host" {
			for _, v := range values {
				c.secrets = append(c.secrets, redact.Header(v)...)
			}
		}
	}
	c.host = c.header.Get("Host")
	c.header.Del("Host")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // compression does not help with floats
	transport.MaxResponseHeaderBytes = 1 << 16
	c.http = &http.Client{Transport: transport, CheckRedirect: sameServer}
	if err := c.getJSON(ctx, "/v2", &c.server); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// authorize moves a user out of the URL, where errors would show it, to a header.
func (c *Client) authorize(user *url.Userinfo) {
	c.base.User, c.base.Fragment = nil, ""
	if user == nil || c.header.Get("Authorization") != "" {
		return
	}
	password, _ := user.Password()
	c.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
}

// Server is what the server said about itself.
func (c *Client) Server() Server { return c.server }

// Close closes idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Model asks whether a model is ready, and then for its metadata.
func (c *Client) Model(ctx context.Context, name string) (Model, error) {
	var m Model
	path := "/v2/models/" + url.PathEscape(name)
	if err := c.ready(ctx, path); err != nil {
		return m, fmt.Errorf("model %s is not ready: %w", name, err)
	}
	if err := c.getJSON(ctx, path, &m); err != nil {
		return m, fmt.Errorf("metadata of model %s: %w", name, err)
	}
	m.Name = name // the name for later requests, whatever the server calls it
	var err error
	if m.MaxBatch, err = c.maxBatch(ctx, path); err != nil {
		return m, fmt.Errorf("configuration of model %s: %w", name, err)
	}
	return m, nil
}

// errNotReady is the error for a model whose server says with status 200 that it is not ready.
var errNotReady = errors.New("the server says that it is not")

// ready asks whether a model is ready. The status says so; some servers say otherwise in the body.
func (c *Client) ready(ctx context.Context, path string) error {
	body, err := c.get(ctx, path+"/ready")
	var said struct {
		Ready *bool `json:"ready"`
	}
	if err == nil && json.Unmarshal(body, &said) == nil && said.Ready != nil && !*said.Ready {
		return c.hide(fmt.Errorf("%s/ready: %w", c.address(path), errNotReady))
	}
	return err
}

// maxBatch asks for Triton's model configuration, which other servers do not have. There, 0 means that the
// model's shapes have no batch dimension beyond those that they show.
func (c *Client) maxBatch(ctx context.Context, path string) (int, error) {
	var config struct {
		MaxBatch json.RawMessage `json:"max_batch_size"`
	}
	body, err := c.get(ctx, path+"/config")
	if status := (*statusError)(nil); errors.As(err, &status) && !status.busy() {
		return 0, nil
	}
	if err == nil && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) { // a page of a server without configurations is none
		err = json.Unmarshal(body, &config)
	}
	said := strings.Trim(string(config.MaxBatch), `"`) // gateways from protobuf may quote a number
	if err != nil || said == "" || said == "null" {
		return 0, err
	}
	n, err := strconv.ParseFloat(said, 64)
	if err != nil || n < 0 || n > math.MaxInt32 || n != math.Trunc(n) {
		return 0, fmt.Errorf("max_batch_size is %.40s: want 0 to %d", said, math.MaxInt32)
	}
	return int(n), nil
}

func (c *Client) binary() bool { return slices.Contains(c.server.Extensions, Binary) }

// address is the URL of a path of the protocol on this server.
func (c *Client) address(path string) string {
	u := c.base
	at := u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/") + path
	if u.RawQuery != "" {
		at += "?" + u.RawQuery
	}
	return at
}
