package runtimes_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/encoderstest"
	"github.com/fastclip/fastclip/encoders/oip/oiptest"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

// server runs a script of testdata/servers until the end of the test. It returns the words that the script prints after "ready".
func server(t *testing.T, script string, args ...string) []string {
	command := append([]string{"run", "--quiet"}, args...)
	cmd := exec.Command(testenv.UV(t), append(command, "--script", filepath.Join("testdata", "servers", script), "2")...)
	if os.Getenv("FASTCLIP_TEST_VERBOSE") != "" {
		cmd.Stderr = os.Stderr
	}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait() // any exit status is fine
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == "ready" {
			go func() {
				for lines.Scan() { // reads the rest of the output, which would block the server otherwise
				}
			}()
			return words[1:]
		}
	}
	t.Skipf("%s does not start here: uv run --script encoders/runtimes/testdata/servers/%s says why", script, script)
	return nil
}

// served checks a variant on a real server: the conformance test, the expected results, and the server's own times.
func served(t *testing.T, spec encoders.Spec) {
	spec.Name, spec.Runtime, spec.Deadlines.Start = "x", "oip", time.Minute
	enc, err := runtimes.Open(t.Context(), spec, encoders.Env{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, enc.Close()) })
	plain, err := remote(t, oiptest.Server{Binary: true}, nil)
	require.NoError(t, err)
	defer plain.Close()
	assert.Equal(t, []int{oiptest.Dim, oiptest.Side}, []int{enc.Info().Dim, enc.Info().ImageSize})

	clock, ok := encoders.As[encoders.ServerClock](enc)
	require.True(t, ok)
	image, text, ok := clock.ServerTime(t.Context())
	require.True(t, ok, "the server says what it has computed")

	px := encoders.Pixels{N: 3, Size: oiptest.Side, Data: make([]float32, 3*3*oiptest.Side*oiptest.Side)}
	for i := range px.Data {
		px.Data[i] = float32(i%97)/31 - 1.5
	}
	tk := encoders.Tokens{N: 2, Len: 4, IDs: []int64{49406, 320, encoders.EOT, 0, 49406, 1, 2, encoders.EOT}}
	start := time.Now()
	a, err := enc.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	took := time.Since(start)
	b, err := plain.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	assert.Less(t, meanAbs(a.Data, b.Data), 1e-3, "sums of 3072 values in another order")
	after, sameText, ok := clock.ServerTime(t.Context())
	require.True(t, ok)
	assert.Greater(t, after, image)
	assert.Less(t, after-image, took, "a part of the call")
	assert.Equal(t, text, sameText)
	a, err = enc.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	b, err = plain.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	assert.Less(t, meanAbs(a.Data, b.Data), 1e-1, "sums of values near 5e4 in float32")

	encoderstest.Run(t, func(*testing.T) encoders.Encoder { return &kept{Encoder: enc} }, encoderstest.Options{})
	spec.Image = "gone"
	spec.Deadlines.Start = 0
	_, err = runtimes.Open(t.Context(), spec, encoders.Env{})
	assert.ErrorIs(t, err, machine.ErrUnavailable)
	assert.ErrorContains(t, err, "model gone is not ready")
}

// TestMLServer runs MLServer 1.7.1, whose text model takes two seconds to load. It has no binary tensors over HTTP, and reports compute times in its metrics.
func TestMLServer(t *testing.T) {
	at := server(t, "mlserver_clip.py")
	require.Len(t, at, 2)
	served(t, encoders.Spec{URL: at[0], Options: map[string]string{"metrics": at[1]}})
}

// TestTriton runs Triton with binary tensors, statistics that need a token in a header, and its own metadata. FASTCLIP_TEST_TRITON names a Python that
// Triton's wheel runs with (testdata/servers).
func TestTriton(t *testing.T) {
	python := os.Getenv("FASTCLIP_TEST_TRITON")
	if python == "" {
		t.Skip("FASTCLIP_TEST_TRITON names no Python, such as /usr/bin/python3.11; the server is a download of 55 MB")
	}
	t.Setenv("FASTCLIP_TOKEN", "secret-of-the-test")
	at := server(t, "triton_clip.py", "--python", python)
	served(t, encoders.Spec{URL: at[0], Options: map[string]string{"header:triton-access-token": "$FASTCLIP_TOKEN"}})
}

// TestServerOfAFolder: if a variant on a server names a model folder, the folder says how inputs are made.
func TestServerOfAFolder(t *testing.T) {
	dir := modelOf(t, map[string][]byte{
		"tokenizer_config.json":    []byte(`{"tokenizer_class": "BertTokenizer"}`),
		"preprocessor_config.json": []byte(`{"size": 9, "crop_size": 9, "do_rescale": false}`),
	})
	enc, err := remote(t, oiptest.Server{Binary: true}, func(s *encoders.Spec) { s.Model = dir })
	require.NoError(t, err)
	defer enc.Close()
	in := enc.Info().Inputs
	assert.ErrorContains(t, in.Wordless, "tokenizer_config.json names BertTokenizer")
	assert.True(t, in.Default)
	require.NotNil(t, in.Pictures)
	assert.Equal(t, 9, in.Pictures.Size)
	require.Len(t, enc.Info().Faults, 1)
	assert.Contains(t, enc.Info().Faults[0], "preprocessor_config.json makes pictures of 9 pixels, the image tower takes")
	_, err = remote(t, oiptest.Server{Binary: true}, func(s *encoders.Spec) { s.Model = dir + "/gone" })
	assert.ErrorContains(t, err, "is neither built in")
}
