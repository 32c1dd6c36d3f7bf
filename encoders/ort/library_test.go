package ort_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
)

// TestTooOld: a library without the API of the binding, as all older ones are, names what is wanted.
func TestTooOld(t *testing.T) {
	dir := t.TempDir()
	source, lib := filepath.Join(dir, "old.c"), filepath.Join(dir, "libold.so")
	require.NoError(t, os.WriteFile(source, []byte(`
static const void *get(unsigned v) { return 0; }
static const char *version(void) { return "1.2.3"; }
static struct { const void *(*get)(unsigned); const char *(*version)(void); } base = {get, version};
void *OrtGetApiBase(void) { return &base; }`), 0o644))
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", lib, source).CombinedOutput(); err != nil {
		t.Skipf("no C compiler that makes libraries: %s", out)
	}
	t.Setenv(ort.Silent, "0")
	_, err := ort.Open(lib)
	assert.ErrorIs(t, err, machine.ErrUnavailable)
	assert.ErrorContains(t, err, "it is too old: this fastclip wants ONNX Runtime 1.29 or newer")
	assert.Equal(t, "0", os.Getenv(ort.Silent), "what the user has set stays")
	require.NoError(t, os.Unsetenv(ort.Silent))
	_, err = ort.Open(lib)
	require.Error(t, err)
	assert.Equal(t, "1", os.Getenv(ort.Silent))
}
