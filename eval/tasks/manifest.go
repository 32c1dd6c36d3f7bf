package tasks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/machine"
)

// Picture is a line of a manifest. It says where a picture's bytes are, with their hash.
type Picture struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Labels []string `json:"labels,omitempty"`
	SHA256 string   `json:"sha256,omitempty"` // empty when it could not be read
	File   string   `json:"file,omitempty"`   // empty when only the dataset's reader finds it
	From   int64    `json:"from,omitempty"`
	Size   int64    `json:"size,omitempty"`
}

// Manifest lists pictures. It works in parallel, because it has to read them for their hashes.
func Manifest(ctx context.Context, images []datasets.Image) []Picture {
	out := make([]Picture, len(images))
	machine.OnCores(len(images), func(i int) {
		im := images[i]
		out[i] = Picture{ID: im.ID, Name: im.Name, Labels: im.Labels, File: im.Where.File, From: im.Where.From, Size: im.Where.Size}
		if data, err := im.Read(ctx); err == nil {
			sum := sha256.Sum256(data)
			out[i].SHA256 = hex.EncodeToString(sum[:])
			out[i].Size = int64(len(data))
		}
	})
	return out
}

// NameOf is the name of an item of a task, with its dataset.
func (p *Plan) NameOf(ctx context.Context, s blobstore.Store, t Task, at int) (set, item string, err error) {
	set = p.Sets[t.Set].Name
	if t.Kind == KindScore {
		return set, fmt.Sprintf("query %d of %s", at, t.Direction), nil
	}
	if t.Kind == KindDrift {
		return set, fmt.Sprintf("text %d and those after it", at), nil
	}
	if t.Kind == KindTexts {
		return set, fmt.Sprintf("chunk %d of the texts", at), nil
	}
	var list []Picture
	if err := GetManifest(ctx, s, t.Manifest, &list); err != nil {
		return "", "", err
	}
	if at -= p.First(t); at < 0 || at >= len(list) {
		return "", "", fmt.Errorf("task %s has no such item", t.ID)
	}
	return set, list[at].Name, nil
}

// PutManifest stores a manifest under its hash and returns its name.
func PutManifest(ctx context.Context, s blobstore.Store, v any) (name string, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("manifest: %w", err)
	}
	sum := sha256.Sum256(data)
	name = "manifests/" + hex.EncodeToString(sum[:]) + ".json"
	if err := blobstore.PutSealed(ctx, s, name, data); err != nil && !errors.Is(err, blobstore.ErrExists) {
		return "", fmt.Errorf("manifest: %w", err)
	}
	return name, nil
}

// GetManifest reads a manifest.
func GetManifest(ctx context.Context, s blobstore.Store, name string, into any) error {
	data, err := blobstore.GetSealed(ctx, s, name)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("manifest %s: %w", name, err)
	}
	return nil
}

// Images are a manifest's pictures, ready to work with. read reads those without a file. When a picture's
// bytes have changed since the plan was made, that is an error of this picture.
func Images(list []Picture, read func(ctx context.Context, name string) ([]byte, error)) []datasets.Image {
	out := make([]datasets.Image, len(list))
	for i, p := range list {
		out[i] = datasets.Image{ID: p.ID, Name: p.Name, Labels: p.Labels, Read: func(ctx context.Context) (data []byte, err error) {
			if p.File == "" || p.SHA256 == "" { // the reader gives the reason why it cannot be read
				data, err = read(ctx, p.Name)
			} else {
				data, err = p.bytes()
			}
			if err != nil || p.SHA256 == "" {
				return data, err
			}
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != p.SHA256 {
				return nil, fmt.Errorf("%s has changed since the run was planned (sha256 %x, was %.12s): start eval again", p.Name, sum[:6], p.SHA256)
			}
			return data, nil
		}}
	}
	return out
}

func (p Picture) bytes() ([]byte, error) {
	f, err := os.Open(p.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, p.Size)
	if _, err := f.ReadAt(data, p.From); err != nil && (!errors.Is(err, io.EOF) || p.Size > 0) {
		return nil, fmt.Errorf("%s: %w", p.File, err)
	}
	return data, nil
}
