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
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/redact"
)

// sameServer allows redirects only within the same server. Another server would receive the pictures, and
// every header of the suite.
func sameServer(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case req.URL.Scheme != first.URL.Scheme || req.URL.Hostname() != first.URL.Hostname() || port(req.URL) != port(first.URL):
		to := url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host}
		return denied(fmt.Sprintf("the server redirects the request to %s: refused, because its headers and data are meant only for %s; if the redirect is right, name that server in the suite", to.String(), first.URL.Host))
	case req.Method != first.Method:
		return denied(fmt.Sprintf("the server's redirect turns %s into %s: refused", first.Method, req.Method))
	case len(via) > 5:
		return denied("the server sends the request on and on")
	}
	return nil
}

// denied is an error that counts as ErrDenied, without repeating its text.
type denied string

func (d denied) Error() string        { return string(d) }
func (d denied) Is(target error) bool { return target == ErrDenied }

// port is the port of a URL, or the default of its scheme.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// errNoJSON is the error for a successful answer that cannot be understood.
var errNoJSON = errors.New("its answer is not JSON of the protocol")

func (c *Client) getJSON(ctx context.Context, path string, into any) error {
	body, err := c.get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return c.hide(fmt.Errorf("%s: %w: %w: %.60q", c.address(path), errNoJSON, err, body))
	}
	return nil
}

// get is the body of an answer about the server or a model.
func (c *Client) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.address(path), nil)
	if err != nil {
		return nil, c.hide(err)
	}
	body, _, err := c.do(req, 1<<20, c.patience)
	return body, err
}

// do sends a request, and sends it again while the server is only busy (again). It reads at most limit
// bytes of a successful answer.
func (c *Client) do(req *http.Request, limit int64, patience time.Duration) ([]byte, http.Header, error) {
	if req.URL.Hostname() == c.base.Hostname() { // not if the metrics are on another host
		for k, v := range c.header {
			req.Header[k] = v
		}
		if req.URL.Host == c.base.Host {
			req.Host = c.host
		}
	}
	// The key itself is not sent. It tells net/http that a call changes nothing and may be sent again when
	// the server has closed a kept connection.
	req.Header["Idempotency-Key"] = nil
	var body []byte
	var header http.Header
	err := c.again(req.Context(), patience, func() (err error) {
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return err
			}
		}
		body, header, err = c.once(req, limit)
		return err
	})
	return body, header, c.hide(err)
}

func (c *Client) once(req *http.Request, limit int64) ([]byte, http.Header, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err // the error already names method and URL
	}
	defer res.Body.Close()
	body, err := readAll(res, limit)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s %s: %w", req.Method, req.URL, newStatusError(res, []byte(redact.Secrets(string(body), c.secrets)))) // removed before the text is cut, which may split a secret
	}
	if packed := res.Header.Get("Content-Encoding"); packed != "" && packed != "identity" {
		return nil, nil, fmt.Errorf("%s %s: the answer is compressed with %.40q, which was not requested", req.Method, req.URL, packed)
	}
	return body, res.Header, nil
}

func readAll(res *http.Response, limit int64) ([]byte, error) {
	if res.ContentLength > limit {
		return nil, fmt.Errorf("the answer has %d bytes, more than the limit of %d", res.ContentLength, limit)
	}
	var b bytes.Buffer
	if res.ContentLength > 0 {
		b.Grow(int(res.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(res.Body, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("the answer has more bytes than the limit of %d", limit)
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

// maxReason is how much of a server's error message is shown.
const maxReason = 500

// hidden is an error with a text free of secrets.
type hidden struct {
	err  error
	text string
}

func (h *hidden) Error() string { return h.text }
func (h *hidden) Unwrap() error { return h.err }

// hide removes the client's secrets from an error.
func (c *Client) hide(err error) error {
	if err == nil {
		return nil
	}
	return &hidden{err, redact.Secrets(redact.Text(err.Error()), c.secrets)}
}
