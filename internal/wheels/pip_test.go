//go:build unix

package wheels_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/wheels"
)

// program puts a shell script into a folder that becomes PATH, apart from the system's own commands.
func program(t *testing.T, dir, name, script string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
}

// bare is a PATH with only the commands that scripts need.
func bare(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cat", "cp", "mkdir"} {
		for _, from := range []string{"/bin/", "/usr/bin/"} {
			if _, err := os.Stat(from + name); err == nil {
				_ = os.Symlink(from+name, filepath.Join(dir, name)) // the first of them counts
			}
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("FASTCLIP_UV", "")
	return dir
}

func TestPip(t *testing.T) {
	from := t.TempDir()
	w, path := wheel(t, from, pillow)
	t.Setenv("WHEEL", path)
	const works = `case "$*" in *" --version") exit 0;; esac
echo "$*" >"$LOG"
while [ $# -gt 0 ]; do
	case $1 in
	--dest) mkdir -p "$2"; cp "$WHEEL" "$2/" ;;
	--requirement) cat "$2" >>"$LOG" ;;
	esac
	shift
done
echo "$PIP_RETRIES $PIP_INDEX_URL" >>"$LOG"
`
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("LOG", log)

	t.Run("of Python", func(t *testing.T) {
		program(t, bare(t), "python3", works)
		t.Setenv("PIP_RETRIES", "7")
		got, err := wheels.Installer{Dir: t.TempDir(), Source: &wheels.AnyPip{}}.Install(t.Context(), w)
		require.NoError(t, err)
		assert.Equal(t, "installed", got.Was)
		data, err := os.ReadFile(log)
		require.NoError(t, err)
		assert.Contains(t, string(data), "-m pip download --quiet --require-hashes --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --platform any --dest ")
		assert.Contains(t, string(data), "pillow==1.0 --hash=sha256:"+w.SHA256+"\n7 \n", "the user's own retries count")
	})
	t.Run("of uv", func(t *testing.T) {
		dir := bare(t)
		program(t, dir, "python3", "echo 'No module named pip' >&2; exit 1")
		program(t, dir, "uv", works)
		t.Setenv("UV_DEFAULT_INDEX", "mirror/simple")
		_, err := wheels.Installer{Dir: t.TempDir(), Source: &wheels.AnyPip{}}.Install(t.Context(), w)
		require.NoError(t, err)
		data, err := os.ReadFile(log)
		require.NoError(t, err)
		assert.Contains(t, string(data), "tool run --from pip==")
		assert.Contains(t, string(data), "\n1 mirror/simple\n", "uv's index is pip's, too")
	})
	t.Run("none", func(t *testing.T) {
		bare(t)
		_, err := wheels.Installer{Dir: t.TempDir(), Source: &wheels.AnyPip{}}.Install(t.Context(), w)
		require.ErrorIs(t, err, wheels.ErrNoPip)
		assert.ErrorContains(t, err, "--offline")
	})
}

func TestPipSaysWhy(t *testing.T) {
	w, _ := wheel(t, t.TempDir(), pillow)
	for name, c := range map[string]struct{ said, want string }{
		"no network": {
			"WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(<urllib3.X object at 0x7f5f784c6b10>: name resolution)': /simple/\n" +
				"ERROR: Could not find a version (from versions: none)\nERROR: No matching distribution found for pillow==1.0",
			`pip could not fetch it: no connection: NewConnectionError(name resolution); Could not find a version (from versions: none); No matching distribution found for pillow==1.0`},
		"other bytes": {
			"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    Expected sha256 00\n         Got        11",
			"pip could not fetch it: THESE PACKAGES DO NOT MATCH THE HASHES"},
		"a crash":   {"Traceback\n  x\nModuleNotFoundError: No module named 'pip'", "exit status 2; ModuleNotFoundError"},
		"no words":  {"", "exit status 2"},
		"disk full": {"ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free 150 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := bare(t)
			said := filepath.Join(t.TempDir(), "said")
			require.NoError(t, os.WriteFile(said, []byte(c.said), 0o644))
			t.Setenv("SAID", said)
			program(t, dir, "python3", `case "$*" in *" --version") exit 0;; esac; cat "$SAID" >&2; exit 2`)
			_, err := wheels.Installer{Dir: t.TempDir(), Source: &wheels.AnyPip{}}.Install(t.Context(), w)
			require.ErrorContains(t, err, c.want)
			if name == "disk full" {
				assert.ErrorIs(t, err, syscall.ENOSPC)
			}
		})
	}
}
