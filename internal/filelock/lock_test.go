//go:build unix

package filelock_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/filelock"
)

func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	owner := open()
	require.NoError(t, filelock.Wait(t.Context(), owner, func() { t.Error("nobody else has it") }))

	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	require.ErrorIs(t, filelock.Wait(ctx, open(), func() { calls++; cancel() }), context.Canceled)
	require.Equal(t, 1, calls)

	calls = 0
	require.NoError(t, filelock.Wait(t.Context(), open(), func() { calls++; require.NoError(t, owner.Close()) }))
	require.Equal(t, 1, calls)
}
