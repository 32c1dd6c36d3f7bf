// Package testenv finds what only some machines have, and skips tests on the others.
package testenv

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fastclip/fastclip/internal/native"
)

// Root is the absolute path of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("working directory: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod at or above the working directory")
		}
		dir = parent
	}
}

// Shared is the absolute path of the material beside the repository (FASTCLIP_SHARED, or else ../shared). Without it, it skips the test.
func Shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("FASTCLIP_SHARED")
	if dir == "" {
		dir = filepath.Join(Root(t), "..", "shared")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Skipf("%s is not a folder: this test needs the material beside the repository", dir)
	}
	return dir
}

// UV is the path of uv, which runs the Python references. It skips the test without uv, and with -short, because a first run fetches the references'
// packages.
func UV(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no Python references")
	}
	path, err := native.Find("uv")
	if err != nil {
		t.Skipf("no Python references: %v", err)
	}
	return path
}

// Library is the path of a native library of internal/native. Without it, it skips the test.
func Library(t testing.TB, name string) string {
	t.Helper()
	path, err := native.Find(name)
	if err != nil {
		t.Skip(err)
	}
	return path
}
