package tasks

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// Reader finds the pictures and texts of a plan's tasks. It opens a dataset only when nothing else says
// where its pictures are.
type Reader struct {
	Store blobstore.Store
	Plan  *Plan
	Art   fs.FS  // art for generated scenes
	Cache string // folder on this machine

	list  string // the last manifest read, because tasks come in order
	lines []Picture
	texts map[string][]datasets.Text
	mu    sync.Mutex
	sets  map[string]map[string]datasets.Image // opened sets, by name
	open  []datasets.Dataset
}

// Spec is the specification of a task's dataset.
func (r *Reader) Spec(t Task) suite.DatasetSpec {
	name, all := r.Plan.Sets[t.Set].Name, r.Plan.Suite.Datasets
	return all[slices.IndexFunc(all, func(d suite.DatasetSpec) bool { return d.Name == name })]
}

// Images are the pictures of a task.
func (r *Reader) Images(ctx context.Context, t Task) ([]datasets.Image, error) {
	if r.list != t.Manifest {
		r.lines = nil
		if err := GetManifest(ctx, r.Store, t.Manifest, &r.lines); err != nil {
			return nil, err
		}
		r.list = t.Manifest
	}
	from := t.From - r.Plan.First(t)
	if from < 0 || from+t.To-t.From > len(r.lines) {
		return nil, fmt.Errorf("task %s: pictures %d to %d are not in its list of %d", t.ID, t.From, t.To, len(r.lines))
	}
	spec := r.Spec(t)
	return Images(r.lines[from:from+t.To-t.From], func(ctx context.Context, name string) ([]byte, error) {
		im, err := r.find(ctx, spec, name)
		if err != nil {
			return nil, err
		}
		return im.Read(ctx)
	}), nil
}

// find looks a picture up through the dataset's own reader.
func (r *Reader) find(ctx context.Context, spec suite.DatasetSpec, name string) (datasets.Image, error) {
	r.mu.Lock() // pictures are read on all cores
	defer r.mu.Unlock()
	if r.sets[spec.Name] == nil {
		ds, err := spec.First(r.Plan.Suite.Limit).Open(ctx, r.Plan.Suite.Dir, r.Art, r.Cache)
		if err != nil {
			return datasets.Image{}, err
		}
		r.open = append(r.open, ds)
		if r.sets == nil {
			r.sets = map[string]map[string]datasets.Image{}
		}
		byName := map[string]datasets.Image{}
		for im, err := range ds.Images(ctx) {
			if err == nil {
				byName[im.Name] = im
			}
		}
		r.sets[spec.Name] = byName
	}
	im, ok := r.sets[spec.Name][name]
	if !ok {
		return im, fmt.Errorf("%s is no longer in the dataset %s", name, spec.Name)
	}
	return im, nil
}

// Texts are all texts of a task's dataset. The task's own texts are chosen by their lengths.
func (r *Reader) Texts(ctx context.Context, t Task) ([]datasets.Text, error) {
	if out, ok := r.texts[t.Manifest]; ok {
		return out, nil
	}
	var all []string
	if err := GetManifest(ctx, r.Store, t.Manifest, &all); err != nil {
		return nil, err
	}
	out := make([]datasets.Text, len(all))
	for i, s := range all {
		out[i].Text = s
	}
	r.texts = map[string][]datasets.Text{t.Manifest: out}
	return out, nil
}

// Close closes what was opened.
func (r *Reader) Close() (err error) {
	for _, ds := range r.open {
		if closed := ds.Close(); err == nil {
			err = closed
		}
	}
	return err
}
