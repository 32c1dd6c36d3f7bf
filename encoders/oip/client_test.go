package oip

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestJSONValues: null becomes NaN, wherever it is. Values that are not numbers, and lists of another length, are refused.
func TestJSONValues(t *testing.T) {
	nan := float32(math.NaN())
	for in, want := range map[string]any{
		`[1,2,3,4,5,6]`:                       []float32{1, 2, 3, 4, 5, 6},
		`[[1,2,3],[4,5,6]]`:                   []float32{1, 2, 3, 4, 5, 6},
		`[null,2,3,4,5,6]`:                    []float32{nan, 2, 3, 4, 5, 6},
		`[1,2,3,4,5,null]`:                    []float32{1, 2, 3, 4, 5, nan},
		`[[1,2,null],[null,-5e-1,6]]`:         []float32{1, 2, nan, nan, -0.5, 6},
		`[1,2,3,4,5]`:                         "a list of 5 values",
		`[1,2,3,4,5,6,7]`:                     "more than the 6 values",
		`[]`:                                  "a list of 0 values",
		`[[1,2,3],[4,5]]`:                     "a list of 2 values",
		`[[1,2,3,4],[5,6]]`:                   "a list of 4 values",
		`[[1,2,3]]`:                           "a list of 1 values or lists",
		`[[1,2,3],[4,5,6],[7,8,9]]`:           "more than the 6 values",
		`[[1,2,3],null]`:                      "value 3 is <nil> in a list of depth 1",
		`[[1,2,3],4,5,6]`:                     "value 3 is 4 in a list of depth 1",
		`[1,[2,3],4,5,6]`:                     `value 1 is "[": want a number or null`,
		`[[[1],2,3],[4,5,6]]`:                 `value 0 is "[": want a number or null`,
		`["1",2,3,4,5,6]`:                     `value 0 is "1": want a number or null`,
		`[1,2,3,4,5,"NaN"]`:                   []float32{1, 2, 3, 4, 5, nan},
		`["-Infinity",2,"Infinity",4,5,1e39]`: []float32{float32(math.Inf(-1)), 2, float32(math.Inf(1)), 4, 5, float32(math.Inf(1))},
		`["nan",2,3,4,5,6]`:                   `value 0 is "nan": want a number or null`,
		`[true,2,3,4,5,6]`:                    `value 0 is "true": want a number or null`,
		`[1,2,3,{"a":1},5,6]`:                 `value 3 is "{": want a number or null`,
		`null`:                                `its data is "null": want a list of numbers`,
		`7`:                                   `its data is "7"`,
		`"x"`:                                 `want a list of numbers`,
		`{}`:                                  `want a list of numbers`,
		``:                                    `want a list of numbers`,
	} {
		dst := make([]float32, 6)
		err := jsonValues([]byte(in), dst, []int64{2, 3})
		if text, bad := want.(string); bad {
			assert.ErrorContains(t, err, text, in)
			continue
		}
		require.NoError(t, err, in)
		assert.Equal(t, fmt.Sprint(want), fmt.Sprint(dst), in)
	}
}

func FuzzJSONValues(f *testing.F) {
	f.Add([]byte(`[[1,null],[3,4]]`))
	f.Add([]byte(`[1,2,3,[4]]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dst := []float32{-7, -7, -7, -7}
		if jsonValues(data, dst, []int64{2, 2}) == nil && !strings.Contains(string(data), "-7") {
			assert.NotContains(t, dst, float32(-7), "%s", data)
		}
	})
}

// serve answers by path; any other path gets an empty object.
func serve(t *testing.T, answers map[string]http.HandlerFunc) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := answers[r.URL.Path]; f != nil {
			f(w, r)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestWhatIsSent: every request carries the host, the user, the path and the query of the suite.
func TestWhatIsSent(t *testing.T) {
	var got []string
	note := func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got = append(got, strings.Join([]string{r.Host, r.URL.Path, r.URL.RawQuery, user, password, r.Header.Get("X-Team")}, "|"))
		_, _ = io.WriteString(w, "{}")
	}
	at := serve(t, map[string]http.HandlerFunc{"/a b/v2": note, "/a b/v2/models/m/x/ready": note})
	c, err := Dial(t.Context(), strings.Replace(at, "//", "//joe:p%40ss@", 1)+"/a%20b/?tenant=7", Options{Header: http.Header{"Host": {"clip.example.com"}, "X-Team": {"vision"}}})
	require.NoError(t, err)
	_, err = c.Model(t.Context(), "m/x")
	require.NoError(t, err)
	assert.Equal(t, []string{"clip.example.com|/a b/v2|tenant=7|joe|p@ss|vision", "clip.example.com|/a b/v2/models/m/x/ready|tenant=7|joe|p@ss|vision"}, got)
}

// TestMaxBatch: the largest batch comes from Triton's configuration. A server without one has no limit.
func TestMaxBatch(t *testing.T) {
	for answer, want := range map[string]any{
		`{"max_batch_size": 8}`: 8, `{"max_batch_size": "8"}`: 8, `{"max_batch_size": 8.0}`: 8, `{"max_batch_size": null}`: 0, `{"max_batch_size": 8.5}`: "max_batch_size is 8.5", `{"max_batch_size": "many"}`: "max_batch_size is many",
		`{"max_batch_size": 0}`: 0, `{}`: 0, `404`: 0, `<html>`: 0,
		`{"max_batch_size": -1}`: "max_batch_size is -1", `{"max_batch_size": 1099511627776}`: "max_batch_size is 1099511627776",
	} {
		at := serve(t, map[string]http.HandlerFunc{"/v2/models/m/config": func(w http.ResponseWriter, _ *http.Request) {
			if answer == "404" {
				w.WriteHeader(404)
			}
			_, _ = io.WriteString(w, answer)
		}})
		c, err := Dial(t.Context(), at, Options{})
		require.NoError(t, err)
		m, err := c.Model(t.Context(), "m")
		if text, bad := want.(string); bad {
			assert.ErrorContains(t, err, text)
			continue
		}
		require.NoError(t, err, answer)
		assert.Equal(t, want, m.MaxBatch, answer)
	}
}

// TestRedirects: a redirect to the same server is followed. Another server sees nothing at all.
func TestRedirects(t *testing.T) {
	var leaked atomic.Int32
	other := serve(t, map[string]http.HandlerFunc{"/steal": func(http.ResponseWriter, *http.Request) { leaked.Add(1) }})
	for _, status := range []int{301, 302, 303, 307, 308} {
		at := serve(t, map[string]http.HandlerFunc{
			"/v2/models/m/infer": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other+"/steal?k=v", status) },
			"/v2/models/n/infer": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/there", status) },
			"/v2/models/m/ready": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other+"/steal", status) },
			"/v2/models/n/ready": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v2/", status) },
			"/there": func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"outputs":[{"name":"y","shape":[1],"data":[1]}]}`)
			},
		})
		c, err := Dial(t.Context(), at, Options{Header: http.Header{"X-Api-Key": {"s3cr3t"}}})
		require.NoError(t, err)
		_, err = c.Model(t.Context(), "m")
		assert.ErrorIs(t, err, ErrDenied)
		assert.ErrorContains(t, err, "the server redirects the request to "+other+": refused")
		_, err = c.Model(t.Context(), "n")
		assert.NoError(t, err)
		in := []Tensor{{Name: "x", Datatype: "FP32", Shape: []int64{1}, Float32: []float32{1}}}
		_, err = c.Infer(t.Context(), "m", in, "y", make([]float32, 1), 1)
		assert.ErrorIs(t, err, ErrDenied)
		_, err = c.Infer(t.Context(), "n", in, "y", make([]float32, 1), 1)
		assert.Equal(t, status < 307, errors.Is(err, ErrDenied), "a call must not become a GET: %v", err)
	}
	assert.Zero(t, leaked.Load())
}

// TestSecretsStayHidden: errors do not show secrets, neither from the URL nor from a server that repeats them.
func TestSecretsStayHidden(t *testing.T) {
	at := serve(t, map[string]http.HandlerFunc{"/v2": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(401)
		_, _ = fmt.Fprintf(w, `{"error":"who is %s %s, with %s?"}`, r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.URL.RawQuery)
	}})
	for _, base := range []string{strings.Replace(at, "//", "//joe:PASSW0RD@", 1) + "?api_key=PASSW0RD", "http://joe:PASSW0RD@127.0.0.1:1", "http://joe:PASSW0RD@host:x", "joe:PASSW0RD@host", "ftp://joe:PASSW0RD@h", "http://joe:PASS W0RD@127.0.0.1:1"} {
		_, err := Dial(t.Context(), base, Options{Header: http.Header{"X-Api-Key": {"s3cr3t"}}, Patience: time.Nanosecond})
		require.Error(t, err)
		for _, secret := range []string{"PASSW0RD", "W0RD", "s3cr3t", "am9lOlBBU1NXMFJE"} {
			assert.NotContains(t, err.Error(), secret)
		}
	}
}

// TestSecretsWithoutScheme: a server may repeat a key without the word before it, or escaped, or so late in its message that the cut falls within the key.
func TestSecretsWithoutScheme(t *testing.T) {
	for name, say := range map[string]func(r *http.Request) string{
		"the key":  func(r *http.Request) string { return strings.Fields(r.Header.Get("Authorization"))[1] },
		"in a URL": func(r *http.Request) string { return url.QueryEscape(r.Header.Get("Authorization")) },
		"at the end": func(r *http.Request) string {
			return strings.Repeat("x", maxReason-8) + r.Header.Get("Authorization")[7:]
		},
		"out of base64": func(r *http.Request) string { _, p, _ := r.BasicAuth(); return p },
	} {
		for _, auth := range []string{"Bearer k3y<&>+/=k3y", "Basic am9lOms9KzMmeWszeQ==", ""} {
			at := serve(t, map[string]http.HandlerFunc{"/v2": func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(403)
				assert.NoError(t, json.NewEncoder(w).Encode(map[string]string{"error": "not you, " + say(r)}))
			}})
			base, header := at, http.Header{"Authorization": {auth}}
			if auth == "" {
				base, header = strings.Replace(at, "//", "//joe:k%3D+3&yk3y@", 1), nil
			}
			_, err := Dial(t.Context(), base, Options{Header: header, Patience: time.Nanosecond})
			require.Error(t, err)
			for _, part := range []string{"k3y", "yk3", "am9l", "k=+"} {
				assert.NotContains(t, err.Error(), part, "%s, %s", name, auth)
			}
		}
	}
}

// TestBusy: requests to a server that is busy or down are repeated as long as there is time.
func TestBusy(t *testing.T) {
	for name, x := range map[string]struct {
		status, times int
		after, want   string
	}{
		"busy twice":       {503, 2, "", ""},
		"too many":         {429, 1, "0", ""},
		"busy for ever":    {503, 1 << 30, "", "503 Service Unavailable: no room: there is no time to wait"},
		"later than late":  {429, 1, "3600", "429 Too Many Requests: no room: there is no time to wait 1h0m0s for the next attempt"},
		"another trouble":  {500, 1, "", "500 Internal Server Error: no room"},
		"a smaller please": {413, 1, "", "a smaller batch"},
	} {
		t.Run(name, func(t *testing.T) {
			var calls, again atomic.Int32
			at := serve(t, map[string]http.HandlerFunc{"/v2/models/m/infer": func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				assert.Contains(t, string(body), `"data":[1]`, "the whole of it each time")
				if int(calls.Add(1)) > x.times {
					_, _ = io.WriteString(w, `{"outputs":[{"name":"y","shape":[1],"data":[1]}]}`)
					return
				}
				w.Header().Set("Retry-After", x.after)
				w.WriteHeader(x.status)
				_, _ = io.WriteString(w, "no room")
			}})
			forEver := x.times == 1<<30
			patience := time.Minute
			if forEver {
				patience = 700 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c, err := Dial(ctx, at, Options{Retried: func() { again.Add(1) }})
			require.NoError(t, err)
			_, err = c.Infer(ctx, "m", []Tensor{{Name: "x", Datatype: "FP32", Shape: []int64{1}, Float32: []float32{1}}}, "y", make([]float32, 1), 1)
			if forEver && again.Load() == calls.Load() { // on a slow machine, the deadline can pass during an attempt
				assert.ErrorContains(t, err, "503 Service Unavailable: no room")
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				return
			}
			assert.Equal(t, calls.Load()-1, again.Load())
			if x.want == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, x.want)
			assert.Equal(t, strings.Contains(x.want, "no time"), errors.Is(err, context.DeadlineExceeded))
		})
	}
	// Nobody listens at first.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := l.Addr().String()
	require.NoError(t, l.Close())
	var again atomic.Int32
	var late *httptest.Server
	c, err := Dial(t.Context(), "http://"+at, Options{Patience: 5 * time.Second, Retried: func() {
		if again.Add(1) == 2 {
			l, err := net.Listen("tcp", at)
			require.NoError(t, err)
			late = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
			late.Listener.Close()
			late.Listener = l
			late.Start()
		}
	}})
	require.NoError(t, err)
	defer late.Close()
	assert.EqualValues(t, 2, again.Load())
	require.NoError(t, c.Close())
}

// answer reads the request before it answers: net/http drops an answer that comes too early.
func answer(conn net.Conn, say string) {
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.WriteString(conn, say)
	}
}

// TestSilence: whatever the server fails to send, the deadline holds from the first connection on.
func TestSilence(t *testing.T) {
	for name, say := range map[string]string{
		"nothing":      "",
		"half a line":  "HTTP/1.1 200",
		"half headers": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
		"half a body":  "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{",
		"no end":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"go on":        "HTTP/1.1 100 Continue\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer l.Close()
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					defer conn.Close()
					answer(conn, say)
				}
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			_, err = Dial(ctx, "http://"+l.Addr().String(), Options{})
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

// TestDeclaredLengths: an answer that declares too great a length is refused before it is read.
func TestDeclaredLengths(t *testing.T) {
	for _, length := range []string{"9223372036854775807", "1099511627776", "1048577"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() {
			if conn, err := l.Accept(); err == nil {
				answer(conn, "HTTP/1.1 200 OK\r\nContent-Length: "+length+"\r\n\r\n{")
			}
		}()
		_, err = Dial(t.Context(), "http://"+l.Addr().String(), Options{})
		assert.ErrorContains(t, err, "the answer has "+length+" bytes, more than the limit of 1048576")
		require.NoError(t, l.Close())
	}
}
