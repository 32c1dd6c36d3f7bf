package modelcheck_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modelcheck"
)

// FuzzCard: any card of a model says what the model is, or why it cannot be read.
func FuzzCard(f *testing.F) {
	for _, seed := range []string{`{"what": "a model", "sha256": {"image.onnx": "00"}, "claims": {"dim": 512}}`, `{"what": 1}`, `{"sha256": []}`, "", "null", "{", "\xff", `{"claims": {"batch_max_abs": {"a": 1e999}}}`} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "card.json"), data, 0o600))
		model, err := encoders.OpenModel(dir, nil)
		require.NoError(t, err)
		require.NotEmpty(t, modelcheck.About(model, []string{"card.json"}))
	})
}
