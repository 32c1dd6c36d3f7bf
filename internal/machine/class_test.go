package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClass(t *testing.T) {
	for class, c := range map[string]struct {
		a         Abilities
		saturates bool
	}{
		"amd64":                 {Abilities{Arch: "amd64"}, true},
		"amd64-avx2":            {Abilities{Arch: "amd64", AVX2: true}, true},
		"amd64-avx2-vnni":       {Abilities{Arch: "amd64", AVX2: true, VNNI: true}, false},
		"amd64-avx512":          {Abilities{Arch: "amd64", AVX2: true, AVX512: true}, true},
		"amd64-avx512-vnni-amx": {Abilities{Arch: "amd64", AVX2: true, AVX512: true, VNNI: true, AMX: true}, false},
		"arm64-dotprod":         {Abilities{Arch: "arm64", Dot: true}, false},
		"arm64":                 {Abilities{Arch: "arm64"}, false},
	} {
		assert.Equal(t, class, c.a.Class())
		assert.Equal(t, c.saturates, c.a.Saturates(), class)
	}
	assert.Contains(t, ThisProcessor().Class(), ThisProcessor().Arch)
}

func TestGPU(t *testing.T) {
	dir := t.TempDir()
	models, driver := gpu(dir)
	assert.Empty(t, models+driver)
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	write("version", "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build  (builder)  Wed Feb 26\nGCC version: 12\n")
	write("gpus/0000:01:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:   \t\t 35\n")
	write("gpus/0000:02:00.0/information", "Model: \t\t NVIDIA H200\n")
	models, driver = gpu(dir)
	assert.Equal(t, "NVIDIA H200, NVIDIA H200", models)
	assert.Equal(t, "570.124.06", driver)
}
