package pyjson

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnmarshal: the words are taken where nobody reads them, and refused by their key where a number is wanted.
func TestUnmarshal(t *testing.T) {
	for in, want := range map[string]string{
		`{"n": 3, "other": NaN}`:                                 "",
		`{"n": 3, "other": [-Infinity, Infinity, "NaN \" NaN"]}`: "",
		`{"n": NaN}`:                  "n is a JSON string: want a whole number; NaN and Infinity are no numbers here",
		`{"in": {"x": -Infinity}}`:    "in.x is a JSON string: want a number; NaN",
		`{"n": 1e400}`:                "n is a JSON number 1e400: want a whole number",
		`{"n": 3.5}`:                  "n is a JSON number 3.5: want a whole number",
		`{"in": [NaN]}`:               "in is a JSON array: want an object; NaN",
		`{"list": {"a": 1}}`:          "list is a JSON object: want a list",
		`{"on": "true"}`:              "on is a JSON string: want true or false",
		`{"text": 7}`:                 "text is a JSON number: want a text",
		`{"n": NaNs}`:                 "invalid character 'N'",
		`{"n": 3, "other": NaN`:       "invalid character",
		`{"n": 3, "other": nan}`:      "invalid character",
		`{"n": 3, "other": +Infinity`: "invalid character '+'",
	} {
		var to struct {
			N  int `json:"n"`
			In struct {
				X float64 `json:"x"`
			} `json:"in"`
			List  []int           `json:"list"`
			On    bool            `json:"on"`
			Text  string          `json:"text"`
			Other json.RawMessage `json:"other"`
		}
		if err := Unmarshal([]byte(in), &to); want == "" {
			require.NoError(t, err, in)
			assert.Equal(t, 3, to.N, in)
		} else {
			assert.ErrorContains(t, err, want, in)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"a": [NaN, -Infinity, "NaN\\"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var plain, ours any
		if json.Unmarshal(data, &plain) == nil {
			require.NoError(t, Unmarshal(data, &ours))
			assert.Equal(t, plain, ours)
		}
		_ = Unmarshal(data, &ours)
	})
}
