package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// File is a file of a repository.
type File struct {
	Name   string // with slashes
	Size   int64
	SHA256 string // for large files (LFS)
	GitSHA string // git's blob id, for the other files
}

// blob is the file's name among the blobs. huggingface_hub gets it as the ETag.
func (f File) blob() string {
	if f.SHA256 != "" {
		return f.SHA256
	}
	return f.GitSHA
}

// statusError is an answer that reports a failure.
type statusError struct {
	code   int
	text   string
	after  time.Duration // from Retry-After
	reason string        // X-Error-Message
}

func (e *statusError) Error() string {
	mend := map[int]string{
		http.StatusUnauthorized:    ": there is no such repository, or it needs a token: set HF_TOKEN",
		http.StatusForbidden:       ": the token may not read this: accept the repository's conditions on its page",
		http.StatusNotFound:        ": check the owner, name and revision",
		http.StatusTooManyRequests: ": try again later",
	}[e.code]
	if e.reason != "" {
		return e.text + " (" + e.reason + ")" + mend
	}
	return e.text + mend
}

// passing tells whether a later try may succeed.
func (e *statusError) passing() bool {
	return e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout || e.code >= 500
}

// get requests url, which must be on Endpoint. The caller closes the body.
func (h Hub) get(ctx context.Context, url string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header
	}
	// net/http does not send this to other hosts when it follows redirects.
	if h.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.Token)
	}
	req.Header.Set("Accept-Encoding", "identity") // sizes and ranges are those of the file
	client := h.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusPartialContent {
		return res, nil
	}
	defer res.Body.Close()
	e := &statusError{code: res.StatusCode, text: res.Status, reason: res.Header.Get("X-Error-Message")}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s >= 0 {
		e.after = time.Duration(s) * time.Second
	}
	return nil, e
}

// list asks for a revision's commit and files.
func (h Hub) list(ctx context.Context, ref Ref) (commit string, files []File, err error) {
	at := h.Endpoint + "/api/models/" + ref.Repo + "/revision/" + url.PathEscape(ref.Revision) + "?blobs=true"
	var answer struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name   string `json:"rfilename"`
			Size   int64  `json:"size"`
			BlobID string `json:"blobId"`
			LFS    *struct {
				SHA256 string `json:"sha256"`
				Size   int64  `json:"size"`
			} `json:"lfs"`
		} `json:"siblings"`
	}
	err = h.tries(ctx, func(context.Context) (bool, error) {
		res, err := h.get(ctx, at, http.Header{})
		if err != nil {
			return false, err
		}
		defer res.Body.Close()
		return false, json.NewDecoder(io.LimitReader(res.Body, 64<<20)).Decode(&answer)
	})
	if err != nil {
		return "", nil, fmt.Errorf("%s at %s: %w", ref.Repo, ref.Revision, err)
	}
	if !commitRule.MatchString(answer.SHA) {
		return "", nil, fmt.Errorf("%s at %s: the hub names no commit (%q)", ref.Repo, ref.Revision, answer.SHA)
	}
	for _, s := range answer.Siblings {
		f := File{Name: s.Name, Size: s.Size, GitSHA: s.BlobID}
		if s.LFS != nil {
			f.SHA256, f.Size = s.LFS.SHA256, s.LFS.Size
		}
		if err := f.check(); err != nil {
			return "", nil, fmt.Errorf("%s at %s: %w", ref.Repo, ref.Revision, err)
		}
		files = append(files, f)
	}
	return answer.SHA, files, nil
}

// check rejects files that could leave the cache's folders or could not be verified.
func (f File) check() error {
	if !filepath.IsLocal(filepath.FromSlash(f.Name)) || strings.Contains(f.Name, `\`) {
		return fmt.Errorf("file %q would be outside of the folder", f.Name)
	}
	if f.Size < 0 || !hexOf(f.SHA256, 64) && !(f.SHA256 == "" && hexOf(f.GitSHA, 40)) {
		return fmt.Errorf("file %s: the hub gives no size and hash that it could be verified by", f.Name)
	}
	return nil
}

func hexOf(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// maxTries is how many times in a row a request may fail without progress.
const maxTries = 5

// tries repeats do while its failures are temporary. Progress restarts the count.
func (h Hub) tries(ctx context.Context, do func(context.Context) (progress bool, err error)) error {
	for try := 1; ; try++ {
		progress, err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		var permanent *permanentError
		var status *statusError
		switch {
		case progress:
			try = 1
		case errors.As(err, &permanent):
			return permanent.err
		case errors.As(err, &status) && !status.passing():
			return err
		case try >= maxTries:
			err = fmt.Errorf("%w (after %d tries)", err, try)
			if unreached := new(url.Error); errors.As(err, &unreached) {
				return fmt.Errorf("%w: check that HF_ENDPOINT and HTTPS_PROXY are right and the hub is up, or set HF_HUB_OFFLINE=1 to use the cache alone", err)
			}
			return err
		}
		delay := time.Second << try
		if status != nil && status.after > 0 {
			delay = min(status.after, time.Minute)
		}
		if err := h.wait(ctx, delay); err != nil {
			return err
		}
	}
}

// permanentError is a failure that a retry cannot fix.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }

func (h Hub) wait(ctx context.Context, d time.Duration) error {
	if h.Wait != nil {
		return h.Wait(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
