package testenv_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/testenv"
)

func TestRoot(t *testing.T) {
	root := testenv.Root(t)
	assert.FileExists(t, filepath.Join(root, "internal", "testenv", "testenv.go"))
}

func TestSkipsWithout(t *testing.T) {
	t.Setenv("FASTCLIP_SHARED", filepath.Join(t.TempDir(), "gone"))
	t.Setenv("FASTCLIP_UV", filepath.Join(t.TempDir(), "gone"))
	t.Setenv("FASTCLIP_ORT_LIB", filepath.Join(t.TempDir(), "gone"))
	for name, need := range map[string]func(testing.TB) string{
		"shared":  testenv.Shared,
		"uv":      testenv.UV,
		"library": func(t testing.TB) string { return testenv.Library(t, "onnxruntime") },
	} {
		var skipped bool
		t.Run(name, func(t *testing.T) {
			defer func() { skipped = t.Skipped() }()
			need(t)
		})
		assert.True(t, skipped, name)
	}
}
