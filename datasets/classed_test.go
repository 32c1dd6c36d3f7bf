package datasets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClassed(t *testing.T) {
	names := []string{"dog", "7", "cat", "dog"}
	for name, c := range map[string]struct {
		labels  []string
		number  bool
		names   []string
		want    []string
		class   int
		unnamed bool
		err     string
	}{
		"a number":            {[]string{"3"}, true, names, []string{"dog"}, 4, false, ""},
		"a name":              {[]string{"cat"}, false, names, []string{"cat"}, 3, false, ""},
		"a name of digits":    {[]string{"7"}, false, names, []string{"7"}, 2, false, ""},
		"two":                 {[]string{"0", "3"}, true, names, []string{"dog"}, severalClasses, false, ""},
		"not in the list":     {[]string{"fox"}, false, names, []string{"fox"}, 0, false, ""},
		"past the list":       {[]string{"4"}, true, names, nil, 0, false, "class 4 has no name: there are 4 names"},
		"a number, no list":   {[]string{"4"}, true, nil, []string{"4"}, 0, true, ""},
		"digits, without one": {[]string{"4"}, false, nil, []string{"4"}, 0, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := Row{Labels: c.labels}
			err := r.Classed(c.names, c.number)
			if c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, Row{Labels: c.want, Class: c.class, Unnamed: c.unnamed}, r)
		})
	}
}
