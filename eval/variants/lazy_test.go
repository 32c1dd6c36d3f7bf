package variants

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestLazyExchanged: a model that is another one when it is opened again is refused.
func TestLazyExchanged(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	models := os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models"))
	o := NewOpener(encoders.Env{Models: models}, "")
	t.Cleanup(func() { assert.NoError(t, o.Close()) })
	v := o.Open(t.Context(), encoders.Spec{Name: "ref"}.WithDefaults(), 77)
	require.True(t, v.OK(), v.Reason)
	require.NoError(t, v.Lazy.Close())
	v.Lazy.info.ImageKey = "of other bytes"
	_, err := v.Lazy.Open(t.Context())
	assert.ErrorContains(t, err, "not the one that was opened at the start of the run")
}
