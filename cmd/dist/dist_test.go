package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVersionOf(t *testing.T) {
	for described, want := range map[string]string{
		"":                   "0.0.0+g0123abcd",
		"v1.2.3-0-g0123abcd": "1.2.3",
		"v1.2.3-4-g0123abcd": "1.2.3.post4+g0123abcd",
	} {
		got := versionOf(described, "0123abcdef")
		assert.Equal(t, want, got)
		assert.Regexp(t, versions, got)
	}
	assert.Equal(t, "1.2.3.post0+g0123abcd.dirty", versionOf("v1.2.3-0-g0123abcd", "0123abcdef-dirty"), "what was changed is not the release")
}

func TestVersions(t *testing.T) {
	for _, version := range []string{"1", "1.2.3", "1.2.3rc1", "0.0.0+g0123abcd.dirty", "1.0.post4+gab"} {
		assert.Regexp(t, versions, version)
	}
	for _, version := range []string{"", "v1.2.3", "1.2 3", "1.2.3-4", "../1", "1.2.3+", "x"} {
		assert.NotRegexp(t, versions, version)
	}
}

// small makes a tree of four files.
func small(t *testing.T) tree {
	t.Helper()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"bin/fastclip": 0o755, "lib/fastclip/libjpeg.so": 0o755, "LICENSE": 0o600, "licences/go/x/LICENSE": 0o644} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(name), mode))
	}
	return tree{dir: dir, name: "fastclip-1-linux-amd64", floor: "2.34"}
}

func TestArchive(t *testing.T) {
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	out := t.TempDir()
	a, b := filepath.Join(out, "a.tar.gz"), filepath.Join(out, "b.tar.gz")
	require.NoError(t, small(t).archive(a, date))
	require.NoError(t, small(t).archive(b, date))
	sums, err := sumFiles([]string{a, b})
	require.NoError(t, err)
	lines := strings.Fields(string(sums))
	assert.Equal(t, lines[0], lines[2], "the same tree gives the same bytes")

	f, err := os.Open(a)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	found := map[string]int64{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		found[h.Name] = h.Mode
	}
	assert.Equal(t, map[string]int64{
		"fastclip-1-linux-amd64/bin/fastclip": 0o755, "fastclip-1-linux-amd64/lib/fastclip/libjpeg.so": 0o755,
		"fastclip-1-linux-amd64/LICENSE": 0o644, "fastclip-1-linux-amd64/licences/go/x/LICENSE": 0o644}, found)
}

func TestWheel(t *testing.T) {
	path := filepath.Join(t.TempDir(), wheelName("1", "2.34", "arm64"))
	require.NoError(t, small(t).wheel(path, release{version: "1", date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}))
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	texts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		texts[f.Name] = string(data)
		if strings.HasSuffix(f.Name, "/fastclip") {
			assert.Equal(t, os.FileMode(0o755), f.Mode().Perm())
		}
	}
	assert.Contains(t, texts, "fastclip-1.data/scripts/fastclip")
	assert.Contains(t, texts, "fastclip-1.data/data/lib/fastclip/libjpeg.so")
	assert.Contains(t, texts, "fastclip-1.dist-info/licenses/licences/go/x/LICENSE")
	assert.Contains(t, texts["fastclip-1.dist-info/WHEEL"], "\nTag: py3-none-manylinux_2_34_aarch64\n")
	record := strings.Split(strings.TrimSpace(texts["fastclip-1.dist-info/RECORD"]), "\n")
	assert.Len(t, record, len(texts), "every file is recorded")
	for _, line := range record {
		name, rest, _ := strings.Cut(line, ",")
		sum := sha256.Sum256([]byte(texts[name]))
		if name != "fastclip-1.dist-info/RECORD" {
			assert.Contains(t, rest, "sha256="+base64.RawURLEncoding.EncodeToString(sum[:])+",", name)
		}
	}
}

func TestFloor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("glibc is Linux's")
	}
	for text, want := range map[string][2]int{"2.34": {2, 34}, "2.2.5": {2, 2}} {
		v, err := parse(text)
		require.NoError(t, err)
		assert.Equal(t, want, v)
	}
	_, err := parse("PRIVATE")
	require.Error(t, err)

	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "bin"), 0o755))
	exe, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(exe, filepath.Join(dir, "bin", "program")))
	floor, err := floorOf(dir)
	require.NoError(t, err)
	if needed, err := neededBy(exe); err == nil && len(needed) > 0 { // a program without cgo needs no libraries
		assert.Regexp(t, `^2\.\d+$`, floor)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "text"), []byte("text"), 0o755))
	_, err = floorOf(dir)
	assert.ErrorContains(t, err, "text")
}

func TestLicences(t *testing.T) {
	dir := t.TempDir()
	m := module{path: "example.com/m", version: "v1", dir: dir}
	require.ErrorContains(t, m.findLicences(), "are not licences that dist knows")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE"), []byte("Do what you want, perhaps."), 0o644))
	require.ErrorContains(t, m.findLicences(), "are not licences that dist knows")
	own, err := os.ReadFile("../../LICENSE")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE.txt"), own, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "license.go"), []byte("package m"), 0o644))
	m = module{path: "example.com/m", version: "v1", dir: dir}
	require.NoError(t, m.findLicences())
	assert.Equal(t, []string{"Apache-2.0"}, m.licences)
	to := t.TempDir()
	require.NoError(t, licences([]module{m}, to))
	assert.FileExists(t, filepath.Join(to, "go", "example.com_m", "LICENSE.txt"))
	assert.NoFileExists(t, filepath.Join(to, "go", "example.com_m", "license.go"))
}
