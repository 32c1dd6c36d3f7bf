package tasks

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// Sizes say how a plan is cut into tasks.
type Sizes struct {
	Items     int // pictures, or texts, per task; 0 means TaskItems
	Images    int // size of a piece of pictures that is never cut
	TextChunk int // number of texts in a chunk, which is not cut either
}

// TaskItems is the default number of pictures per task. It stands for some minutes of work.
const TaskItems = 8192

// images is the number of pictures per task, in whole pieces.
func (z Sizes) images() int {
	if z.Items == 0 {
		z.Items = TaskItems
	}
	return max(1, z.Items/z.Images) * z.Images
}

// AddSet adds the tasks of a dataset for each group of variants, and stores its lists.
func (p *Plan) AddSet(ctx context.Context, s blobstore.Store, set Set, images []datasets.Image, texts []string, groups [][]string, z Sizes) error {
	set.Images, set.Strings = len(images), len(texts)
	p.Sets = append(p.Sets, set)
	list, err := PutManifest(ctx, s, texts)
	if err != nil {
		return err
	}
	var manifests []string
	for from := 0; from < len(images); from += z.images() {
		name, err := PutManifest(ctx, s, Manifest(ctx, images[from:min(from+z.images(), len(images))]))
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		manifests = append(manifests, name)
	}
	for g, names := range groups {
		p.cut(g, len(p.Sets)-1, names, z, manifests, list)
	}
	return nil
}

// cut adds the tasks of a dataset for a group of variants.
func (p *Plan) cut(group, set int, names []string, z Sizes, images []string, texts string) {
	of, n := p.Sets[set], 0
	add := func(kind string, from, to int, manifest string) {
		t := Task{ID: fmt.Sprintf("g%d-s%d-%s-%05d", group, set, kind, n), Kind: kind, Set: set, From: from, To: to, Variants: names, Manifest: manifest}
		p.Tasks, n = append(p.Tasks, t), n+1
	}
	for from := 0; from < of.Images; from += z.images() {
		add(KindImages, from, min(from+z.images(), of.Images), images[from/z.images()])
	}
	n = 0
	chunks, each := (of.Strings+z.TextChunk-1)/z.TextChunk, max(1, z.images()/z.TextChunk)
	for from := 0; from < chunks; from += each {
		add(KindTexts, from, min(from+each, chunks), texts)
	}
}

// NoSecrets rejects a suite that would put a password into the store.
func NoSecrets(s *suite.Suite) error {
	for _, v := range s.Variants {
		if len(v.Secrets()) > 0 {
			return fmt.Errorf("variant %s: the suite contains a password or a key, which would be copied into the store: put it into an environment variable (header: $NAME)", v.Name)
		}
	}
	return nil
}
