package python

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProgramOfTheSuite: a relative program is found in the suite's folder and runs there. A bare name is found on PATH.
func TestProgramOfTheSuite(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("suite", 0o755))
	require.NoError(t, os.WriteFile("suite/enc", []byte("#!/bin/sh\necho \"$PWD $1\"\n"), 0o755))
	f, err := Command{Program: []string{"./enc", "w.bin"}, Dir: "suite"}.find()
	require.NoError(t, err)
	want, err := filepath.Abs("suite/enc")
	require.NoError(t, err)
	assert.Equal(t, []string{want, "w.bin"}, f.command)
	_, err = Command{Program: []string{"./enc"}}.find()
	assert.ErrorIs(t, err, ErrMissing)
	f, err = Command{Program: []string{"sh"}, Dir: "suite"}.find()
	require.NoError(t, err)
	assert.Equal(t, []string{"sh"}, f.command)

	_, err = Start(t.Context(), Command{Program: []string{"./enc", "w.bin"}, Dir: "suite"})
	assert.ErrorContains(t, err, filepath.Dir(want)+" w.bin", "it ran in the suite's folder")
}

func TestCutOff(t *testing.T) {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.EPIPE} {
		assert.True(t, cutOff(fmt.Errorf("encode 3: %w", end)), end)
	}
	assert.False(t, cutOff(errors.New("500 Internal Server Error")), "its server is well")
}
