package runtimes_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/machine"
)

// TestMalformedMetadata: a server that is there and says something wrong is a failure that names it; what is not
// there, or not ready, is unavailable.
func TestMalformedMetadata(t *testing.T) {
	const image, text = "/v2/models/image", "/v2/models/text"
	good := map[string]string{
		"/v2": `{"name": "s", "version": "1", "extensions": []}`,
		image: `{"name": "image", "inputs": [{"name": "p", "datatype": "FP32", "shape": [-1, 3, 8, 8]}], "outputs": [{"name": "e", "datatype": "FP32", "shape": [-1, 4]}]}`,
		text:  `{"name": "text", "inputs": [{"name": "i", "datatype": "INT64", "shape": [-1, -1]}], "outputs": [{"name": "e", "datatype": "FP32", "shape": [-1, 4]}]}`,
	}
	type change struct{ path, old, new string }
	for name, x := range map[string]struct {
		change
		want   string
		absent bool
	}{
		"fine":                     {},
		"server is a page":         {change{"/v2", "*", "<html>hello"}, "not JSON of the protocol", false},
		"server is cut":            {change{"/v2", "*", `{"name": "s"`}, "not JSON of the protocol", false},
		"server is a list":         {change{"/v2", "*", `[]`}, "not JSON of the protocol", false},
		"server's name is 7":       {change{"/v2", `"s"`, "7"}, "not JSON of the protocol", false},
		"extensions are a text":    {change{"/v2", "[]", `"binary_tensor_data"`}, "not JSON of the protocol", false},
		"nothing":                  {change{image, "*", ""}, "not JSON of the protocol", false},
		"a page":                   {change{image, "*", "<html>"}, `"<html>"`, false},
		"cut":                      {change{text, "}]}", "}]"}, "metadata of model text: ", false},
		"twice":                    {change{text, "}]}", "}]}{}"}, "not JSON of the protocol", false},
		"NaN in a shape":           {change{image, "8, 8", "NaN, NaN"}, "not JSON of the protocol", false},
		"half a pixel":             {change{image, "8, 8", "8.5, 8.5"}, "not JSON of the protocol", false},
		"shape of texts":           {change{image, "8, 8", `"8", "8"`}, "not JSON of the protocol", false},
		"null":                     {change{image, "*", "null"}, "model image: inputs are []", false},
		"empty":                    {change{text, "*", "{}"}, "model text: inputs are []", false},
		"no inputs":                {change{image, "inputs", "input"}, "model image: inputs are []", false},
		"no outputs":               {change{text, "outputs", "output"}, "model text: outputs are []", false},
		"no name":                  {change{image, `"p"`, `""`}, "an input has no name", false},
		"no name of an output":     {change{text, `"e"`, `""`}, "an output has no name", false},
		"outputs of one name":      {change{text, `"outputs": [`, `"outputs": [{"name": "e", "datatype": "FP32", "shape": [-1, 4]}, `}, "two outputs are named e", false},
		"inputs of one name":       {change{text, `"inputs": [`, `"inputs": [{"name": "i", "datatype": "INT64", "shape": [-1, -1]}, `}, "two inputs are named i", false},
		"ids are floats":           {change{text, "INT64", "FP32"}, `input i is "FP32": want INT64 or INT32`, false},
		"ids are nothing":          {change{text, `"datatype": "INT64", `, ""}, `input i is "": want INT64 or INT32`, false},
		"a mask of floats":         {change{text, `-1]}], "out`, `-1]}, {"name": "attention_mask", "datatype": "FP32", "shape": [-1, -1]}], "out`}, "input attention_mask is", false},
		"a mask of another length": {change{text, `[-1, -1]}]`, `[-1, 8]}, {"name": "attention_mask", "datatype": "INT64", "shape": [-1, 9]}]`}, "want one shape for ids and mask", false},
		"pictures of bytes":        {change{image, `"FP32", "shape": [-1, 3`, `"UINT8", "shape": [-1, 3`}, "want one FP32 [N,3,S,S]", false},
		"embeddings of texts":      {change{image, `"FP32", "shape": [-1, 4`, `"BYTES", "shape": [-1, 4`}, `output e is "BYTES"`, false},
		"a batch of -2":            {change{image, "[-1, 3", "[-2, 3"}, "input p has shape [-2 3 8 8]: want sizes, or -1 for any", false},
		"a side of -2":             {change{image, "8, 8", "-2, -2"}, "want sizes, or -1 for any", false},
		"a side of 0":              {change{image, "8, 8", "0, 0"}, "image_size is 0", false},
		"no square":                {change{image, "8, 8", "8, 9"}, "square pictures of three channels", false},
		"a length of -2":           {change{text, "[-1, -1]", "[-1, -2]"}, "want sizes, or -1 for any", false},
		"a length of 0":            {change{text, "[-1, -1]", "[-1, 0]"}, "the length of its texts is 0", false},
		"a dim of -7":              {change{text, "[-1, 4]", "[-1, -7]"}, "want sizes, or -1 for any", false},
		"a batch of 0":             {change{text, "[-1, -1]", "[0, -1]"}, "its batch is 0", false},
		"two in, one out":          {change{text, `[-1, -1]}], "outputs": [{"name": "e", "datatype": "FP32", "shape": [-1`, `[2, -1]}], "outputs": [{"name": "e", "datatype": "FP32", "shape": [1`}, "2 items in, 1 embeddings out", false},
		"flat embeddings":          {change{text, "[-1, 4]", "[-1]"}, "want the first to be [N,D]", false},
		"two dims":                 {change{text, "[-1, 4]", "[-1, 5]"}, "image embeddings have 4 values, text embeddings 5", false},
		"a configuration cut":      {change{text + "/config", "*", `{"max_batch_size": `}, "configuration of model text: ", false},
		"a configuration of texts": {change{text + "/config", "*", `{"max_batch_size": "many"}`}, "max_batch_size is many", false},
		"an error":                 {change{image, "*", "500"}, "500 Internal Server Error", false},
		"not allowed":              {change{image, "*", "405"}, "405 Method Not Allowed", false},
		"not let in":               {change{image, "*", "401"}, "401 Unauthorized", false},
		"elsewhere":                {change{image, "*", "302"}, "redirects the request to http://elsewhere", false},
		"too long":                 {change{image, "*", strings.Repeat(" ", 1<<20+1)}, "more bytes than the limit", false},
		"no such model":            {change{image, "*", "404"}, "404 Not Found", true},
		"a gateway":                {change{"/v2", "*", "502"}, "502 Bad Gateway", true},
		"not ready":                {change{text + "/ready", "*", `{"name": "text", "ready": false}`}, "model text is not ready", true},
		"closed":                   {change{image, "*", "close"}, "EOF", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				say, known := good[r.URL.Path]
				if x.path == r.URL.Path {
					known = true
					if say = strings.Replace(say, x.old, x.new, 1); x.old == "*" {
						say = x.new
					}
				}
				status := map[string]int{"500": 500, "405": 405, "401": 401, "302": 302, "404": 404, "502": 502}[say]
				switch {
				case say == "close":
					panic(http.ErrAbortHandler)
				case status != 0:
					w.Header().Set("Location", "http://elsewhere/v2")
					w.WriteHeader(status)
				case !known && !strings.HasSuffix(r.URL.Path, "/ready"):
					w.WriteHeader(http.StatusNotFound)
				}
				_, _ = io.WriteString(w, say)
			}))
			defer s.Close()
			_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "v", Runtime: "oip", URL: s.URL}, encoders.Env{})
			if x.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, x.want)
			assert.ErrorContains(t, err, strings.TrimPrefix(s.URL, "http://"), "it names the server")
			assert.Equal(t, x.absent, errors.Is(err, machine.ErrUnavailable), "%v", err)
			assert.Less(t, len(err.Error()), 1500)
		})
	}
}
