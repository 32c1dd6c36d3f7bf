package encoders_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
)

// TestUsedOptions: equal options are equal texts, and no value that may be a key is in them.
func TestUsedOptions(t *testing.T) {
	for want, o := range map[string]map[string]string{
		`{}`:                         nil,
		`{"a":"1","b":"<2>, \"x\""}`: {"b": `<2>, "x"`, "a": "1"},
		`{"header:Authorization":"$TOKEN","header:Host":"clip.example.com","header:X-Api-Key":"***"}`: {"header:X-Api-Key": "s3cr3t", "header:Authorization": "$TOKEN", "header:Host": "clip.example.com"},
		`{"metrics":"http://***@h:8082/metrics?key=***"}`:                                             {"metrics": "http://joe:s3cr3t@h:8082/metrics?key=s3cr3t"},
	} {
		got, err := encoders.Spec{Options: o}.UsedOptions()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	secrets := encoders.Spec{URL: "http://h/?k=one1", Options: map[string]string{"header:X": "two2", "header:Y": "$THREE", "metrics": "http://u:four@h"}}.Secrets()
	assert.ElementsMatch(t, []string{"one1", "two2", "u:four", "four"}, secrets)
}
