package gate_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/judge/gate"
)

// TestSchema: it takes the default policy and refuses what the reader refuses.
func TestSchema(t *testing.T) {
	data, err := gate.Schema()
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("policy.json", doc))
	s, err := c.Compile("policy.json")
	require.NoError(t, err)
	for policy, good := range map[string]bool{
		string(gate.DefaultPolicy()): true,
		"rules:\n  - match: onnx*\n    skip: [drift]\n    other_class: allow\n  - match: '*'\n    drift: {may_change_percent: 0, scale: allow}\n": true,
		"rules: []\n":                                       false,
		"alpha: 2\nrules: [{match: a}]\n":                   false,
		"rules: [{skip: [drift]}]\n":                        false,
		"rules: [{match: a, skip: [all]}]\n":                false,
		"rules: [{match: a, drift: {mean: 1}}]\n":           false,
		"rules: [{match: a, drift: {mean_abs: -1}}]\n":      false,
		"rules: [{match: a, drift: {scale: no}}]\n":         false,
		"rules: [{match: a, score: {metrics: []}}]\n":       false,
		"rules: [{match: a, score: {directions: [t2t]}}]\n": false,
		"rules: [{match: a, slowdown: {percent: much}}]\n":  false,
	} {
		var doc any
		require.NoError(t, strictyaml.Decode([]byte(policy), &doc))
		_, read := gate.ParsePolicy([]byte(policy))
		assert.Equal(t, good, read == nil, "%s%v", policy, read)
		valid := s.Validate(doc)
		assert.Equal(t, good, valid == nil, "%s%v", policy, valid)
	}
}
