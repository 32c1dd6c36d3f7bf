package hub_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/hub"
)

// client is a hub.Hub for h with its own cache. waits lists the waits that it asked for.
func client(t *testing.T, h *fakeHub) (c hub.Hub, waits *[]time.Duration) {
	waits = &[]time.Duration{}
	return hub.Hub{Endpoint: h.URL, Cache: filepath.Join(t.TempDir(), "hub"), Wait: func(ctx context.Context, d time.Duration) error {
		*waits = append(*waits, d)
		return ctx.Err()
	}}, waits
}

var mainRef = hub.Ref{Repo: "owner/name", Revision: "main"}

func TestPull(t *testing.T) {
	h := newHub(t)
	c, _ := client(t, h)
	var out strings.Builder
	c.Progress = &out
	s, err := c.Pull(t.Context(), mainRef, hub.Selection{})
	require.NoError(t, err)
	home := filepath.Join(c.Cache, "models--owner--name")
	assert.Equal(t, commit, s.Commit)
	assert.Equal(t, filepath.Join(home, "snapshots", commit), s.Dir)
	assert.Equal(t, []string{"README.md", "config.json", "onnx/model.onnx"}, s.Files)
	assert.Equal(t, []string{"pytorch_model.bin"}, s.Left, "a pickle")
	for _, name := range s.Files {
		data, err := os.ReadFile(filepath.Join(s.Dir, name))
		require.NoError(t, err)
		assert.Equal(t, h.files[name], data, name)
		target, err := os.Readlink(filepath.Join(s.Dir, name))
		require.NoError(t, err)
		assert.Contains(t, target, "../../blobs/")
	}
	ref, err := os.ReadFile(filepath.Join(home, "refs", "main"))
	require.NoError(t, err)
	assert.Equal(t, commit, string(ref))
	assert.Contains(t, out.String(), "onnx/model.onnx: 400000 bytes\n")

	// The second time it sends one request and fetches no file. Without the network it sends none.
	h.requests = nil
	_, err = c.Pull(t.Context(), mainRef, hub.Selection{})
	require.NoError(t, err)
	assert.Equal(t, []string{"/api/models/owner/name/revision/main"}, h.requests)
	h.requests = nil
	c.Offline = true
	off, err := c.Pull(t.Context(), mainRef, hub.Selection{})
	require.NoError(t, err)
	assert.Equal(t, s.Files, off.Files)
	assert.Equal(t, s.Commit, off.Commit)
	assert.Empty(t, h.requests)
	_, err = c.Pull(t.Context(), hub.Ref{Repo: "owner/name", Revision: "v9"}, hub.Selection{})
	assert.ErrorContains(t, err, "not in the cache, and HF_HUB_OFFLINE is set")

	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, s.Export(dir))
	data, err := os.ReadFile(filepath.Join(dir, "onnx", "model.onnx"))
	require.NoError(t, err)
	assert.Equal(t, h.files["onnx/model.onnx"], data)
}

func TestSelection(t *testing.T) {
	h := newHub(t)
	c, _ := client(t, h)
	s, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.bin", "onnx/*"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"onnx/model.onnx"}, s.Files, "asking is not enough for a pickle")
	s, err = c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.bin"}, Pickle: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"pytorch_model.bin"}, s.Files)
	_, err = c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.zip"}})
	assert.ErrorContains(t, err, "no file that was asked for (it has README.md, ")
	_, err = c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"["}})
	assert.ErrorContains(t, err, "syntax error in pattern")
}

// TestToken: the token is sent to the hub, but not to the host that the hub redirects to.
func TestToken(t *testing.T) {
	h := newHub(t)
	h.token = "secret"
	c, _ := client(t, h)
	_, err := c.Pull(t.Context(), mainRef, hub.Selection{})
	assert.ErrorContains(t, err, "401 Unauthorized: there is no such repository, or it needs a token: set HF_TOKEN")
	c.Token = "secret"
	_, err = c.Pull(t.Context(), mainRef, hub.Selection{})
	require.NoError(t, err)
	assert.False(t, h.leaked)
}

func TestCutConnections(t *testing.T) {
	h := newHub(t)
	h.cut["onnx/model.onnx"] = 3
	c, waits := client(t, h)
	s, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.onnx"}})
	require.NoError(t, err)
	assert.Len(t, *waits, 3)
	data, err := os.ReadFile(filepath.Join(s.Dir, "onnx", "model.onnx"))
	require.NoError(t, err)
	assert.Equal(t, h.files["onnx/model.onnx"], data)
	assert.Contains(t, h.requests, "storage/onnx/model.onnx bytes=100000-")
	assert.Contains(t, h.requests, "storage/onnx/model.onnx bytes=300000-")
}

func TestServerWithoutRanges(t *testing.T) {
	h := newHub(t)
	h.cut["onnx/model.onnx"], h.noRange = 1, true
	c, _ := client(t, h)
	s, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.onnx"}})
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(s.Dir, "onnx", "model.onnx"))
	require.NoError(t, err)
	assert.Equal(t, h.files["onnx/model.onnx"], data)
}

// part is the path of an unfinished download.
func part(t *testing.T, c hub.Hub, h *fakeHub) string {
	probe, err := hub.Hub{Endpoint: c.Endpoint, Cache: t.TempDir()}.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.onnx"}})
	require.NoError(t, err)
	target, err := os.Readlink(filepath.Join(probe.Dir, "onnx", "model.onnx"))
	require.NoError(t, err)
	blobs := filepath.Join(c.Cache, "models--owner--name", "blobs")
	require.NoError(t, os.MkdirAll(blobs, 0o755))
	h.requests = nil
	return filepath.Join(blobs, filepath.Base(target)+".incomplete")
}

// TestResume: a download continues what an earlier run left. If those bytes were bad, it starts again.
func TestResume(t *testing.T) {
	for name, x := range map[string]struct {
		left func([]byte) []byte
		asks []string
	}{
		"good":     {func(b []byte) []byte { return b[:1234] }, []string{"storage/onnx/model.onnx bytes=1234-"}},
		"whole":    {func(b []byte) []byte { return b }, nil},
		"bad":      {func([]byte) []byte { return make([]byte, 99) }, []string{"storage/onnx/model.onnx bytes=99-", "storage/onnx/model.onnx"}},
		"too long": {func(b []byte) []byte { return append(b[:len(b):len(b)], 'x') }, []string{"storage/onnx/model.onnx"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			c, _ := client(t, h)
			require.NoError(t, os.WriteFile(part(t, c, h), x.left(h.files["onnx/model.onnx"]), 0o644))
			s, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"*.onnx"}})
			require.NoError(t, err)
			data, err := os.ReadFile(filepath.Join(s.Dir, "onnx", "model.onnx"))
			require.NoError(t, err)
			assert.Equal(t, h.files["onnx/model.onnx"], data)
			var asks []string
			for _, r := range h.requests {
				if strings.HasPrefix(r, "storage") {
					asks = append(asks, r)
				}
			}
			assert.Equal(t, x.asks, asks)
		})
	}
}

// TestWrongBytes: bytes with the wrong hash are not kept.
func TestWrongBytes(t *testing.T) {
	for name, x := range map[string]struct {
		file string
		data []byte
	}{
		"large": {"onnx/model.onnx", make([]byte, 400000)}, "small": {"config.json", []byte(`{"a": 2}`)}, "more": {"config.json", []byte(`{"a": 1}!`)},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			h.lie[x.file] = x.data
			c, _ := client(t, h)
			_, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{x.file}})
			assert.ErrorContains(t, err, x.file+": the downloaded bytes are not those of the file")
			entries, err := os.ReadDir(filepath.Join(c.Cache, "models--owner--name", "blobs"))
			require.NoError(t, err)
			for _, e := range entries {
				info, err := e.Info()
				require.NoError(t, err)
				assert.Zero(t, info.Size(), e.Name())
			}
			assert.NoDirExists(t, filepath.Join(c.Cache, "models--owner--name", "snapshots"))
		})
	}
}

func TestStatuses(t *testing.T) {
	const api = "/api/models/owner/name/revision/main"
	for name, x := range map[string]struct {
		status []int
		want   string
		waits  []time.Duration
	}{
		"unauthorized":    {[]int{401}, "set HF_TOKEN", nil},
		"gated":           {[]int{403}, "403 Forbidden (no luck): the token may not read this", nil},
		"not found":       {[]int{404}, "check the owner, name and revision", nil},
		"busy, then well": {[]int{429, 503}, "", []time.Duration{7 * time.Second, 7 * time.Second}},
		"busy throughout": {[]int{429, 429, 429, 429, 429, 429}, "429 Too Many Requests (no luck): try again later (after 5 tries)", []time.Duration{7e9, 7e9, 7e9, 7e9}},
	} {
		for _, at := range []string{api, "/owner/name/resolve/" + commit + "/config.json"} {
			t.Run(name+at, func(t *testing.T) {
				h := newHub(t)
				h.status[at] = x.status
				c, waits := client(t, h)
				_, err := c.Pull(t.Context(), mainRef, hub.Selection{Include: []string{"config.json"}})
				if x.want == "" {
					assert.NoError(t, err)
				} else {
					assert.ErrorContains(t, err, x.want)
				}
				assert.ElementsMatch(t, x.waits, *waits)
			})
		}
	}
}

// TestUnreached: if the hub does not answer, the error says what to check.
func TestUnreached(t *testing.T) {
	c, waits := client(t, newHub(t))
	c.Endpoint = "http://127.0.0.1:1" // nothing listens there
	_, err := c.Pull(t.Context(), mainRef, hub.Selection{})
	assert.ErrorContains(t, err, "(after 5 tries): check that HF_ENDPOINT and HTTPS_PROXY are right and the hub is up, or set HF_HUB_OFFLINE=1")
	assert.Len(t, *waits, 4)
}

func TestHostileListing(t *testing.T) {
	for _, x := range []map[string]any{
		{"rfilename": "../../evil.json", "size": 1, "blobId": commit}, {"rfilename": "/etc/evil.json", "size": 1, "blobId": commit},
		{"rfilename": `..\evil.json`, "size": 1, "blobId": commit}, {"rfilename": "a.json", "size": 1, "blobId": "../../x"},
		{"rfilename": "a.json", "size": 1}, {"rfilename": "a.json", "size": -1, "blobId": commit},
	} {
		h := newHub(t)
		h.extra = append(h.extra, x)
		c, _ := client(t, h)
		_, err := c.Pull(t.Context(), mainRef, hub.Selection{})
		assert.Error(t, err, "%v", x)
		assert.NoDirExists(t, c.Cache)
	}
}

func TestCancelled(t *testing.T) {
	h := newHub(t)
	h.status["/api/models/owner/name/revision/main"] = []int{503, 503}
	c, _ := client(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	c.Wait = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	_, err := c.Pull(ctx, mainRef, hub.Selection{})
	assert.True(t, errors.Is(err, context.Canceled), err)
}

func TestParseRef(t *testing.T) {
	for s, want := range map[string]hub.Ref{
		"hf:a/b": {Repo: "a/b", Revision: "main"}, "hf:a/b@v1.0": {Repo: "a/b", Revision: "v1.0"}, "hf:immich-app/ViT-B-32__openai@refs/pr/1": {Repo: "immich-app/ViT-B-32__openai", Revision: "refs/pr/1"},
	} {
		got, err := hub.ParseRef(s)
		require.NoError(t, err, s)
		assert.Equal(t, want, got)
	}
	for _, s := range []string{"", "a/b", "hf:a", "hf:a/b/c", "hf:../b", "hf:a/..", "hf:a/b@", "hf:a/b@../x", "hf:a/b@/x", "hf:a/b@x/../../y"} {
		_, err := hub.ParseRef(s)
		assert.ErrorContains(t, err, "want hf:OWNER/NAME", s)
	}
}

func TestFromEnv(t *testing.T) {
	home := t.TempDir()
	for name, x := range map[string]struct {
		env  map[string]string
		want hub.Hub
		err  string
	}{
		"nothing":  {nil, hub.Hub{}, "HF_ENDPOINT is \"\": set it"},
		"no URL":   {map[string]string{"HF_ENDPOINT": "hub"}, hub.Hub{}, "set it to the hub's URL"},
		"endpoint": {map[string]string{"HF_ENDPOINT": "http://h/"}, hub.Hub{Endpoint: "http://h", Cache: filepath.Join(home, ".cache", "huggingface", "hub")}, ""},
		"home":     {map[string]string{"HF_HUB_OFFLINE": "1", "HF_HOME": "/x", "HF_TOKEN": "t"}, hub.Hub{Cache: "/x/hub", Token: "t", Offline: true}, ""},
		"cache":    {map[string]string{"HF_HUB_OFFLINE": "yes", "HF_HOME": "/x", "HF_HUB_CACHE": "/y"}, hub.Hub{Cache: "/y", Offline: true}, ""},
	} {
		got, err := hub.FromEnv(func(k string) string { return x.env[k] }, home)
		if x.err != "" {
			assert.ErrorContains(t, err, x.err, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, x.want, got, name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(home, "token"), []byte("kept\n"), 0o600))
	got, err := hub.FromEnv(func(k string) string { return map[string]string{"HF_HOME": home, "HF_HUB_OFFLINE": "1"}[k] }, "/")
	require.NoError(t, err)
	assert.Equal(t, "kept", got.Token)
}
