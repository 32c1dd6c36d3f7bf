// Package librarytok makes token ids with Hugging Face's tokenizers and with sentencepiece. They run in one helper
// process, which uv starts.
package librarytok

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
)

// Script is the adapter; `fastclip models fetch tokenizer` fetches its packages.
const Script = "run_tokenizer.py"

// Helper is the helper process. It starts when the first unknown text arrives. The zero value is ready for use,
// and it is safe for concurrent use.
type Helper struct {
	mu      sync.Mutex
	adapter *python.Process
	folders map[string]string // by a tokenizer's key: a folder with only its files
	tmp     string
}

// folder returns a folder with only the tokenizer's files, so that code in a model's folder cannot run.
func (h *Helper) folder(key string, files map[string][]byte) (string, error) {
	if dir := h.folders[key]; dir != "" {
		return dir, nil
	}
	if h.tmp == "" {
		var err error
		if h.tmp, err = os.MkdirTemp("", "fastclip-tokenizers-"); err != nil {
			return "", err
		}
		h.folders = map[string]string{}
	}
	dir := filepath.Join(h.tmp, strconv.Itoa(len(h.folders)))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return "", err
		}
	}
	h.folders[key] = dir
	return dir, nil
}

// answer is the head of the helper's answer.
type answer struct {
	Class string `json:"class"`
	Pad   *int64 `json:"pad"`
	Side  string `json:"side"`
	EOS   *int64 `json:"eos"`
	Size  int    `json:"size"`
	Error string `json:"error"`
}

// rows are the ids of texts, without padding.
type rows struct {
	answer
	ids, types [][]int32
	cut        []bool
}

// encode asks the helper.
func (h *Helper) encode(ctx context.Context, key string, files map[string][]byte, texts []string, length int) (*rows, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	dir, err := h.folder(key, files)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	if h.adapter == nil {
		if h.adapter, err = python.Start(ctx, python.Command{Script: adapters.Script(Script), Deadlines: python.Deadlines{Start: startTime}}); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(map[string]any{"folder": dir, "texts": texts, "length": length})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.adapter.URL+"/encode", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+h.adapter.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if ctx.Err() == nil {
			err = h.adapter.Explain(err)
		}
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	data, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	head := len(data)
	if n, err := strconv.Atoi(res.Header.Get("Inference-Header-Content-Length")); err == nil && n >= 0 && n <= len(data) {
		head = n
	}
	return decode(data[:head], data[head:], len(texts))
}

// decode reads the helper's answer for n texts.
func decode(head, tail []byte, n int) (*rows, error) {
	r := &rows{}
	if err := json.Unmarshal(head, &r.answer); err != nil {
		return nil, fmt.Errorf("tokenizer: its answer is not JSON: %w", err)
	}
	if r.Error != "" {
		return nil, errors.New(r.Error)
	}
	values := make([]int32, len(tail)/4)
	for i := range values {
		values[i] = int32(binary.LittleEndian.Uint32(tail[4*i:]))
	}
	bad := errors.New("tokenizer: its answer is cut short")
	if len(values) < 2*n {
		return nil, bad
	}
	at := values[2*n:]
	for i := range n {
		if values[2*i] < 1 || int(values[2*i]) > len(at) {
			return nil, bad
		}
		r.cut = append(r.cut, values[2*i+1] != 0)
		r.ids = append(r.ids, at[:values[2*i]:values[2*i]])
		at = at[values[2*i]:]
	}
	for _, ids := range r.ids {
		if len(ids) > len(at) {
			return nil, bad
		}
		r.types = append(r.types, at[:len(ids):len(ids)])
		at = at[len(ids):]
	}
	if len(at) > 0 {
		return nil, bad
	}
	if !slices.ContainsFunc(r.types, func(t []int32) bool { return slices.ContainsFunc(t, func(v int32) bool { return v != 0 }) }) {
		r.types = nil
	}
	return r, nil
}

// startTime is how long the helper may take to start, because it imports its libraries.
const startTime = 2 * time.Minute

// Close ends the process.
func (h *Helper) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var errs []error
	if h.adapter != nil {
		errs = append(errs, h.adapter.Close())
		h.adapter = nil
	}
	if h.tmp != "" {
		errs = append(errs, os.RemoveAll(h.tmp))
		h.tmp, h.folders = "", nil
	}
	return errors.Join(errs...)
}
