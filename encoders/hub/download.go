package hub

import (
	"context"
	"crypto/sha1" // git's blob ids
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// fetch puts a file into the blobs of the repository's folder, unless it is there already. It continues
// what an earlier download of fastclip or Python left.
func (h Hub) fetch(ctx context.Context, home string, ref Ref, commit string, f File) (err error) {
	blob := filepath.Join(home, "blobs", f.blob())
	if info, err := os.Stat(blob); err == nil && info.Size() == f.Size {
		h.say("%s: in the cache", f.Name)
		return nil
	}
	unlock, err := lock(ctx, filepath.Join(h.Cache, ".locks", filepath.Base(home), f.blob()+".lock"))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if info, err := os.Stat(blob); err == nil && info.Size() == f.Size {
		return nil // the previous lock owner has fetched it
	}
	part := blob + ".incomplete"
	resumed := false
	if info, err := os.Stat(part); err == nil {
		resumed = info.Size() > 0
	}
	err = h.fill(ctx, part, ref, commit, f)
	if errors.Is(err, errHash) && resumed { // the old part may be bad
		err = h.fill(ctx, part, ref, commit, f)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return os.Rename(part, blob)
}

var errHash = errors.New("the downloaded bytes are not those of the file")

// fill continues the download to part and verifies it. It removes bad bytes.
func (h Hub) fill(ctx context.Context, part string, ref Ref, commit string, f File) (err error) {
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	p := h.newProgress(f)
	err = h.tries(ctx, func(ctx context.Context) (bool, error) { return h.more(ctx, file, ref, commit, f, p) })
	if err != nil {
		return err
	}
	sum, err := digest(file, f)
	if err != nil {
		return err
	}
	if sum != f.blob() {
		return errors.Join(fmt.Errorf("%w: hash %s, want %s", errHash, sum, f.blob()), os.Remove(part))
	}
	p.done()
	return file.Sync()
}

// more requests the bytes after those in file, and appends them.
func (h Hub) more(ctx context.Context, file *os.File, ref Ref, commit string, f File, p *progress) (bool, error) {
	have, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return false, &permanentError{err}
	}
	if have > f.Size {
		if have, err = 0, rewind(file); err != nil {
			return false, err
		}
	}
	if have == f.Size {
		return false, nil
	}
	header := http.Header{}
	if have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	res, err := h.get(ctx, h.Endpoint+"/"+ref.Repo+"/resolve/"+commit+"/"+escape(f.Name), header)
	var status *statusError
	if errors.As(err, &status) && status.code == http.StatusRequestedRangeNotSatisfiable {
		return false, errors.Join(err, rewind(file))
	}
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	if have > 0 && !strings.HasPrefix(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
		if have, err = 0, rewind(file); err != nil { // the server sends the file from its start
			return false, err
		}
	}
	p.at(have)
	n, err := io.Copy(io.MultiWriter(file, p), io.LimitReader(res.Body, f.Size-have+1))
	switch {
	case err != nil:
		return n > 0, err
	case have+n > f.Size:
		return false, &permanentError{errors.Join(fmt.Errorf("%w: more than its %d bytes", errHash, f.Size), rewind(file))}
	case have+n < f.Size:
		return n > 0, fmt.Errorf("the connection ended after %d of %d bytes", have+n, f.Size)
	}
	return true, nil
}

func rewind(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return &permanentError{err}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return &permanentError{err}
	}
	return nil
}

// escape escapes a path, but keeps its slashes.
func escape(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// digest is the hash that names the file among the blobs.
func digest(file *os.File, f File) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	var sum hash.Hash
	if f.SHA256 != "" {
		sum = sha256.New()
	} else {
		sum = sha1.New()
		fmt.Fprintf(sum, "blob %d\x00", f.Size)
	}
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
