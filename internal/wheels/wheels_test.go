package wheels_test

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/setup"
	"github.com/fastclip/fastclip/internal/wheels"
)

// pillow has the file names of Pillow's wheel.
var pillow = map[string]string{
	"PIL/Image.py":                                "no",
	"pillow.libs/libjpeg-6d.so.62":                "jpeg",
	"pillow.libs/libwebp-51.so.7":                 "webp",
	"pillow.libs/libwebpdemux-9f.so.2":            "demux",
	"pillow.libs/libtiff-20.so.6":                 "no",
	"pillow-1.0.dist-info/licenses/LICENSE":       "licence",
	"pillow-1.0.dist-info/sboms/auditwheel.json":  "no",
	"../../outside/pillow.libs/libjpeg-6d.so.62":  "no",
	"pillow.libs/sub/libsharpyuv-0.so":            "no",
	"pillow.libs/libjpegturbo.so":                 "no",
	"pillow.libs/libsharpyuv-6d.so.0":             "yuv",
	"onnxruntime/capi/onnxruntime_pybind11.so":    "no",
	"onnxruntime/capi/libonnxruntime.so.1.32.0":   "ort",
	"uv-0.13.9.data/scripts/uv":                   "uv",
	"uv-0.13.9.data/scripts/uvx":                  "no",
	"onnxruntime/ThirdPartyNotices.txt":           "notices",
	"onnxruntime/capi/libonnxruntime_providers.x": "no",
}

// wheel writes a wheel with these files into dir and pins its hash.
func wheel(t *testing.T, dir string, files map[string]string) (setup.Wheel, string) {
	t.Helper()
	path := filepath.Join(dir, "pillow-1.0-cp311-cp311-any.whl")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(z.Close(), f.Close()))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	return setup.Wheel{Name: "pillow", Version: "1.0", Platform: "any", SHA256: hex.EncodeToString(sum[:])}, path
}

// source counts its calls.
type source struct {
	wheels.Source
	calls atomic.Int32
}

func (s *source) Fetch(ctx context.Context, w setup.Wheel, scratch string) (string, error) {
	s.calls.Add(1)
	return s.Source.Fetch(ctx, w, scratch)
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	}))
	return all
}

func TestInstall(t *testing.T) {
	from := t.TempDir()
	w, _ := wheel(t, from, pillow)
	s := &source{Source: wheels.Folder(from)}
	dir := filepath.Join(t.TempDir(), "not", "there")
	i := wheels.Installer{Dir: dir, Source: s}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "tmp.killed", "files"), 0o755))

	got, err := i.Install(t.Context(), w)
	require.NoError(t, err)
	assert.Equal(t, wheels.Result{Folder: filepath.Join(dir, w.Folder()), Was: "installed"}, got)
	assert.Equal(t, []string{
		"SHA256SUMS", "bin/uv", "lib/libjpeg-6d.so.62", "lib/libjpeg.so", "lib/libonnxruntime.so", "lib/libonnxruntime.so.1.32.0",
		"lib/libsharpyuv-6d.so.0", "lib/libsharpyuv.so", "lib/libwebp-51.so.7", "lib/libwebp.so", "lib/libwebpdemux-9f.so.2", "lib/libwebpdemux.so",
		"licences/LICENSE", "licences/ThirdPartyNotices.txt"}, names(t, got.Folder))
	data, err := os.ReadFile(filepath.Join(got.Folder, "lib", "libjpeg.so"))
	require.NoError(t, err)
	assert.Equal(t, "jpeg", string(data))
	assert.NoDirExists(t, filepath.Join(dir, "tmp.killed"), "what a killed one left goes")

	again, err := i.Install(t.Context(), w)
	require.NoError(t, err)
	assert.Equal(t, "here", again.Was)
	assert.EqualValues(t, 1, s.calls.Load())

	for name, spoil := range map[string]func() error{
		"a changed library": func() error {
			return os.WriteFile(filepath.Join(got.Folder, "lib", "libwebp-51.so.7"), []byte("w"), 0o755)
		},
		"a lost library":     func() error { return os.Remove(filepath.Join(got.Folder, "lib", "libjpeg-6d.so.62")) },
		"a lost link":        func() error { return os.Remove(filepath.Join(got.Folder, "lib", "libjpeg.so")) },
		"a lost list":        func() error { return os.Remove(filepath.Join(got.Folder, "SHA256SUMS")) },
		"a cut list":         func() error { return os.WriteFile(filepath.Join(got.Folder, "SHA256SUMS"), []byte("12"), 0o644) },
		"an empty list":      func() error { return os.WriteFile(filepath.Join(got.Folder, "SHA256SUMS"), nil, 0o644) },
		"a file in its way":  func() error { return errors.Join(os.RemoveAll(got.Folder), os.WriteFile(got.Folder, nil, 0o644)) },
		"an unreadable file": func() error { return os.Truncate(filepath.Join(got.Folder, "bin", "uv"), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, spoil())
			got, err := i.Install(t.Context(), w)
			require.NoError(t, err)
			assert.Equal(t, "repaired", got.Was)
			assert.Len(t, names(t, got.Folder), 14)
		})
	}
}

func TestInstallRefuses(t *testing.T) {
	good := t.TempDir()
	w, _ := wheel(t, good, pillow)
	none := t.TempDir()
	empty, _ := wheel(t, none, map[string]string{"readme": "x"})
	other := t.TempDir()
	wheel(t, other, map[string]string{"pillow.libs/libjpeg-1.so": "another"})
	cut := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(cut, "pillow-1.0-cut.whl"), []byte("PK"), 0o644))
	sum := sha256.Sum256([]byte("PK"))
	damaged := w
	damaged.SHA256 = hex.EncodeToString(sum[:])
	for name, c := range map[string]struct {
		w    setup.Wheel
		from string
		want string
	}{
		"no folder":     {w, filepath.Join(good, "gone"), "gone: no such file or directory"},
		"no wheel":      {w, t.TempDir(), "has no wheel of pillow 1.0; on a machine with network: python3 -m pip download"},
		"other hash":    {w, other, "pillow-1.0-cp311-cp311-any.whl is not the pinned wheel of pillow 1.0: its sha256 is"},
		"nothing of it": {empty, none, "has none of the files that fastclip wants"},
		"no zip file":   {damaged, cut, "zip: not a valid zip file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := wheels.Installer{Dir: dir, Source: wheels.Folder(c.from)}.Install(t.Context(), c.w)
			require.ErrorContains(t, err, c.want)
			assert.Equal(t, []string{"lock"}, names(t, dir), "nothing half is left")
		})
	}
}

type failing struct{ err error }

func (f failing) Fetch(context.Context, setup.Wheel, string) (string, error) { return "", f.err }

func TestInstallNamesTheMend(t *testing.T) {
	w, _ := wheel(t, t.TempDir(), pillow)
	for err, want := range map[error]string{
		fmt.Errorf("write x: %w", syscall.ENOSPC): "FASTCLIP_TOOLS",
		fmt.Errorf("write x: %w", syscall.EDQUOT): "free 150 MB",
		fmt.Errorf("open x: %w", syscall.EROFS):   "name a folder that you can write to with FASTCLIP_TOOLS",
	} {
		_, got := wheels.Installer{Dir: t.TempDir(), Source: failing{err}}.Install(t.Context(), w)
		assert.ErrorContains(t, got, want)
	}
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := wheels.Installer{Dir: filepath.Join(file, "tools"), Source: failing{}}.Install(t.Context(), w)
	assert.ErrorContains(t, err, "name a folder that you can write to")
}

// TestInstallConcurrently: of many at once, one fetches, and all get the complete folder.
func TestInstallConcurrently(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	w, _ := wheel(t, from, pillow)
	s := &source{Source: wheels.Folder(from)}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got, err := wheels.Installer{Dir: dir, Source: s, Say: func(string) {}}.Install(t.Context(), w)
			assert.NoError(t, err)
			assert.FileExists(t, filepath.Join(got.Folder, "lib", "libjpeg.so"))
		})
	}
	group.Wait()
	assert.EqualValues(t, 1, s.calls.Load())
}

type waiting struct{ in chan struct{} }

func (s waiting) Fetch(ctx context.Context, _ setup.Wheel, _ string) (string, error) {
	close(s.in)
	<-ctx.Done()
	return "", ctx.Err()
}

// TestStoppedConcurrently: both the one that installs and the one that waits stop when told to, and leave nothing.
func TestStoppedConcurrently(t *testing.T) {
	dir := t.TempDir()
	w, _ := wheel(t, t.TempDir(), pillow)
	first, stopFirst := context.WithCancel(t.Context())
	at := waiting{make(chan struct{})}
	done := make(chan error)
	go func() {
		_, err := wheels.Installer{Dir: dir, Source: at}.Install(first, w)
		done <- err
	}()
	<-at.in
	second, stopSecond := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer stopSecond()
	_, err := wheels.Installer{Dir: dir, Source: at}.Install(second, w)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	stopFirst()
	assert.ErrorIs(t, <-done, context.Canceled)
	assert.Equal(t, []string{"lock"}, names(t, dir))
}

func TestDownload(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new")
	w, path := wheel(t, from, pillow)
	copying := &source{Source: copier(path)}
	file, fetched, err := wheels.Download(t.Context(), copying, w, to)
	require.NoError(t, err)
	assert.True(t, fetched)
	assert.Equal(t, filepath.Join(to, filepath.Base(path)), file)
	_, fetched, err = wheels.Download(t.Context(), copying, w, to)
	require.NoError(t, err)
	assert.False(t, fetched, "it is there")

	w.SHA256 = "00" + w.SHA256[2:]
	_, _, err = wheels.Download(t.Context(), copying, w, to)
	require.ErrorContains(t, err, "is not the pinned wheel")
	assert.Equal(t, []string{filepath.Base(path)}, names(t, to))
}

type copier string

func (c copier) Fetch(_ context.Context, _ setup.Wheel, scratch string) (string, error) {
	data, err := os.ReadFile(string(c))
	if err != nil {
		return "", err
	}
	to := filepath.Join(scratch, filepath.Base(string(c)))
	return to, os.WriteFile(to, data, 0o644)
}
