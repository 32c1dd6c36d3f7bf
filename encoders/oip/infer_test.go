package oip

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecode(t *testing.T) {
	head := `{"outputs":[{"name":"other","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}},` +
		`{"name":"y","shape":[1,2],"datatype":"FP16","parameters":{"binary_data_size":4}}]}`
	body := []byte(head + "xxxx" + "\x00\x3c\x00\xc0")
	dst := make([]float32, 2)
	took, err := decode(body, strconv.Itoa(len(head)), "y", dst, []int64{1, 2})
	require.NoError(t, err)
	assert.Zero(t, took, "it does not say")
	assert.Equal(t, []float32{1, -2}, dst)

	for want, x := range map[string]struct {
		body, length, output string
	}{
		"but only 0 arrived":       {head, "", "y"},
		"says that its JSON has":   {head, "9999", "y"},
		"has no output z":          {`{"outputs":[]}`, "", "z"},
		"not JSON of the protocol": {`{"outputs":`, "", "y"},
		"too warm":                 {`{"error":"too warm"}`, "", "y"},
		"list of 1 values or lists where its shape [1 2] wants 2": {`{"outputs":[{"name":"y","shape":[1,2],"data":[1]}]}`, "", "y"},
		"is BYTES, want FP32, FP16 or":                            {`{"outputs":[{"name":"y","shape":[1,2],"datatype":"BYTES","parameters":{"binary_data_size":0}}]}`, "", "y"},
		"has shape [2], want [1 2]":                               {`{"outputs":[{"name":"y","shape":[2],"data":[1,2]}]}`, "", "y"},
		"has 0 bytes, want 8":                                     {`{"outputs":[{"name":"y","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":0}}]}`, "", "y"},
		"declares -1 bytes, but only 0 a":                         {`{"outputs":[{"name":"y","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":-1}}]}`, "", "y"},
	} {
		_, err := decode([]byte(x.body), x.length, x.output, dst, []int64{1, 2})
		assert.ErrorContains(t, err, want)
	}
}

// TestNotFinite: Python's json writes NaN without quotes, which is not valid JSON. A name that contains the word is left alone.
func TestNotFinite(t *testing.T) {
	dst := make([]float32, 3)
	_, err := decode([]byte(`{"outputs":[{"name":"NaN \"Infinity","shape":[3],"data":[NaN,-Infinity, Infinity]}]}`), "", `NaN "Infinity`, dst, []int64{3})
	require.NoError(t, err)
	assert.Equal(t, "[NaN -Inf +Inf]", fmt.Sprint(dst))
	for _, body := range []string{`{"outputs":[{"name":"y","shape":[3],"data":[NaNs,1,2]}]}`, `{"outputs":[{"name":"y","shape":[3],"data":[NaN,1,2`, `NaN`} {
		_, err = decode([]byte(body), "", "y", dst, []int64{3})
		assert.Error(t, err, body)
	}
	_, err = decode([]byte(`{"outputs":[]}`), "", strings.Repeat("n", 1000), dst, []int64{3})
	assert.Less(t, len(err.Error()), 200, "a server's names do not fill an error")
}

func TestComputeTimeOfAnAnswer(t *testing.T) {
	for said, want := range map[string]time.Duration{`{"compute_ns": 1500}`: 1500, `{"compute_ns": -1}`: 0, `{"compute_ns": 1.5}`: 0, `{}`: 0, `null`: 0} {
		body := `{"parameters": ` + said + `, "outputs": [{"name": "y", "shape": [1], "data": [1]}]}`
		took, err := decode([]byte(body), "", "y", make([]float32, 1), []int64{1})
		require.NoError(t, err, said)
		assert.Equal(t, want, took, said)
	}
}

// hasty answers at once and finishes reading the body later, as net/http may do.
type hasty struct{ done atomic.Bool }

func (h *hasty) RoundTrip(r *http.Request) (*http.Response, error) {
	go func() {
		time.Sleep(20 * time.Millisecond)
		h.done.Store(true)
		_ = r.Body.Close()
	}()
	return nil, errors.New("too large")
}

func TestTensorsAreFreeAfterInfer(t *testing.T) {
	h := &hasty{}
	c := &Client{base: url.URL{Scheme: "http", Host: "server"}, http: &http.Client{Transport: h}, server: Server{Extensions: []string{Binary}}}
	_, err := c.Infer(t.Context(), "m", []Tensor{{Name: "x", Datatype: "FP32", Shape: []int64{1}, Float32: []float32{1}}}, "y", make([]float32, 1), 1)
	require.ErrorContains(t, err, "too large")
	assert.True(t, h.done.Load(), "Infer came back before the tensors were free")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"outputs":[{"name":"y","shape":[2],"data":[1,2]}]}`), "")
	f.Fuzz(func(_ *testing.T, body []byte, length string) {
		_, _ = decode(body, length, "y", make([]float32, 2), []int64{2})
	})
}
