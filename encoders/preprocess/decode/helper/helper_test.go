//go:build unix

package helper

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// shell is a helper that a shell plays: it answers each request as the script says.
func shell(t *testing.T, answer string) *Process {
	h := New(func() ([]string, error) {
		return []string{"/bin/sh", "-c", "echo ready 13.0.0; while read -r size how; do head -c $size >/dev/null; " + answer + "; done"}, nil
	})
	t.Cleanup(func() { assert.NoError(t, h.Close()) })
	return h
}

func TestDecode(t *testing.T) {
	h := shell(t, `case $how in plain) printf '{"mode": "L", "width": 2, "height": 1, "bytes": 2}\nab';; *) printf '{"mode": "P", "width": 1, "height": 1, "bytes": 1, "palette": "010203"}\n\0';; esac`)
	p := &picture.Picture{}
	for range 2 {
		require.NoError(t, h.Decode(p, []byte("x\ny"), false))
		assert.Equal(t, []any{picture.ModeL, 2, 1, "ab"}, []any{p.Mode, p.W, p.H, string(p.Pix)})
		require.NoError(t, h.Decode(p, nil, true))
		assert.Equal(t, []byte{1, 2, 3}, p.RGB().Pix)
	}
}

// TestOnePicture: a picture that is refused, an answer that is none, one that is too large, a crash and
// a silence each cost that picture; the next one is decoded.
func TestOnePicture(t *testing.T) {
	good := `printf '{"mode": "L", "width": 1, "height": 1, "bytes": 1}\na'`
	for name, test := range map[string]struct{ answer, want string }{
		"refused":   {`printf '{"error": "OSError: broken"}\n'`, "OSError: broken"},
		"no answer": {`printf 'hello\n'`, `answer "hello\n"`},
		"mode":      {`printf '{"mode": "LAB", "width": 1, "height": 1, "bytes": 3}\n'`, `mode "LAB"`},
		"bytes":     {`printf '{"mode": "L", "width": 1, "height": 1, "bytes": 2}\nab'`, "2 bytes of a picture of 1 bytes"},
		"bomb":      {`printf '{"mode": "L", "width": 99999, "height": 99999, "bytes": 1}\n'`, "decompression bomb"},
		"long line": {`head -c 100000 /dev/zero`, "buffer full"},
		"crash":     {`echo Segmentation fault >&2; kill -9 $$`, "Segmentation fault"},
		"short":     {`printf '{"mode": "L", "width": 2, "height": 1, "bytes": 2}\na'; exit 0`, "unexpected EOF"},
		"silence":   {`sleep 60`, "no answer within"},
	} {
		t.Run(name, func(t *testing.T) {
			h := shell(t, "if [ $size = 3 ]; then "+test.answer+"; else "+good+"; fi")
			if name == "silence" {
				h.patience = 300 * time.Millisecond
			}
			p := &picture.Picture{}
			assert.ErrorContains(t, h.Decode(p, []byte("bad"), false), test.want)
			require.NoError(t, h.Decode(p, []byte("data"), false))
			assert.Equal(t, "a", string(p.Pix))
		})
	}
}

// TestNoHelper: what cannot be started is looked for once, and says so.
func TestNoHelper(t *testing.T) {
	asked := 0
	for name, test := range map[string]struct {
		command []string
		err     error
		want    string
	}{
		"no uv":      {nil, errors.New("find uv: run ./task setup"), "run ./task setup"},
		"no program": {[]string{"/no/such/program"}, nil, "no such file"},
		"no package": {[]string{"/bin/sh", "-c", "echo error: network was disabled >&2; exit 2"}, nil, "fastclip models fetch pillow"},
		"another":    {[]string{"/bin/sh", "-c", "echo Pillow 12.0.0 is installed: want 13.0.0 >&2; exit 1"}, nil, "Pillow 12.0.0 is installed"},
	} {
		asked = 0
		h := New(func() ([]string, error) { asked++; return test.command, test.err })
		for range 2 {
			err := h.Decode(&picture.Picture{}, nil, false)
			assert.ErrorIs(t, err, machine.ErrUnavailable, name)
			assert.ErrorContains(t, err, test.want, name)
		}
		assert.Equal(t, 1, asked, name)
		require.NoError(t, h.Close())
	}
}
