package formats_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/formats"
)

func TestList(t *testing.T) {
	l := formats.List[int]{{"md", 1}, {"json", 2}}
	assert.Equal(t, []string{"md", "json"}, l.Names())
	got, err := l.Find("json")
	require.NoError(t, err)
	assert.Equal(t, 2, got)
	_, err = l.Find("pdf")
	require.ErrorIs(t, err, formats.ErrUnknown)
	assert.EqualError(t, err, `unknown format "pdf": want one of md, json`)
}
