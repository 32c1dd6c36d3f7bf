// Package scenes draws pictures of one to three labelled objects, as a dataset.
package scenes

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"io/fs"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/fastclip/fastclip/datasets"
)

// Spec says which scenes to generate.
type Spec struct {
	Name    string
	Objects int    // 1, 2 or 3 a picture
	Count   int    // pictures
	First   int    // draws only the first of them, and asks only for those; 0 means all
	PerSet  int    // pictures that share their labels; 0 means 2
	Seed    uint64 // the same seed gives the same pixels on every machine

	// Photos are JPEG files of Width by Height pixels, as in caption sets; 0 means scenes in several sizes and formats.
	Width, Height int
	// Captions is the number of sentences per picture, at most 5, which replace queries for labels.
	Captions int
}

// sceneHashes are the golden hashes of the tests. They are part of the key of a stored set,
// so that a change of the drawing never meets pictures that an older one has left.
//
//go:embed testdata/scenes.sha256
var sceneHashes string

// Open generates pictures of one to three labelled objects. The objects are cut out of art (sheet.png and index.json), and the backgrounds are plain, graded,
// noisy or patterned. A picture is drawn when it is read, in about 10 ms on one core. Info draws all of them once, for the hash. datasets.Materialise stores
// them as files.
func Open(files fs.FS, spec Spec) (datasets.Dataset, error) {
	if spec.PerSet == 0 {
		spec.PerSet = 2
	}
	if datasets.Arity(spec.Objects) == "" || spec.Count < 1 || spec.PerSet < 1 {
		return nil, fmt.Errorf("scenes %q: %d objects, %d pictures, %d per label set: want 1 to 3 objects and at least 1 of the others", spec.Name, spec.Objects, spec.Count, spec.PerSet)
	}
	if err := spec.checkPhotos(); err != nil {
		return nil, fmt.Errorf("scenes %q: %w", spec.Name, err)
	}
	if spec.Name == "" {
		spec.Name = datasets.Arity(spec.Objects)
	}
	a, err := openArt(files)
	if err != nil {
		return nil, fmt.Errorf("scenes %q: %w", spec.Name, err)
	}
	if len(a.Labels) < spec.Objects {
		return nil, fmt.Errorf("scenes %q: the art has %d labels for %d objects per picture", spec.Name, len(a.Labels), spec.Objects)
	}
	s := &scenes{spec: spec, art: a, used: spec.Count}
	if spec.First > 0 {
		s.used = min(spec.First, spec.Count)
	}
	wanted := (spec.Count + spec.PerSet - 1) / spec.PerSet
	s.sets = dealSets(newRandom(spec.Seed, uint64(spec.Objects)), len(a.Labels), spec.Objects, wanted)
	s.hash = sync.OnceValue(func() string {
		hash, err := datasets.Hash(context.Background(), s)
		if err != nil {
			return "" // the sheet is broken; every Read reports that
		}
		return hash
	})
	return s, nil
}

type scenes struct {
	spec Spec
	art  *art
	sets [][]int // label indices, of all Count pictures
	used int     // pictures that the set has
	hash func() string
}

func (s *scenes) Info() datasets.Info { return s.Describe(s.hash()) }

// Describe is Info if the hash is already known.
func (s *scenes) Describe(hash string) datasets.Info {
	texts := s.asked()
	if s.spec.Captions > 0 {
		texts = s.used * s.spec.Captions
	}
	return datasets.Info{Name: s.spec.Name, Arity: datasets.Arity(s.spec.Objects), Licence: s.art.Licence + " (noto art)", Images: s.used, Texts: texts, Hash: hash,
		Account: datasets.Account{Unit: "picture", Seen: s.used, Used: s.used}}
}

// Key identifies the content without drawing it.
func (s *scenes) Key() string {
	d := datasets.NewDigest()
	d.Text(s.spec.Name, s.art.hash, sceneHashes)
	for _, n := range []int{s.spec.Objects, s.spec.Count, s.spec.PerSet} {
		d.Count(n)
	}
	d.Text(strconv.FormatUint(s.spec.Seed, 10))
	if s.spec.Width > 0 || s.spec.Captions > 0 {
		d.Text(fmt.Sprintf("%dx%d, %d captions", s.spec.Width, s.spec.Height, s.spec.Captions))
	}
	if s.used < s.spec.Count {
		d.Text("first", strconv.Itoa(s.used))
	}
	return d.Hex()
}

// setOf is the number of a scene's set of labels: evenly over the sets, so with fewer labels than sets wanted, some
// have a picture more.
func (s *scenes) setOf(i int) int { return i * len(s.sets) / s.spec.Count }

// asked is how many sets of labels have a picture that is used.
func (s *scenes) asked() int { return s.setOf(s.used-1) + 1 }

// plan is what of scene i is known before it is drawn; the stream goes on with the drawing.
func (s *scenes) plan(i int) (*random, []int, format) {
	r := newRandom(s.spec.Seed, uint64(s.spec.Objects), uint64(i))
	f := pickFormat(r)
	if s.spec.Width > 0 {
		f = photoFormat(r)
	}
	return r, s.sets[s.setOf(i)], f
}

// draw returns a scene's file and, for a PNG, the hash of its pixels.
func (s *scenes) draw(i int) (data, sum []byte, err error) {
	cells, err := s.art.cells()
	if err != nil {
		return nil, nil, err
	}
	r, labels, f := s.plan(i)
	w, h := pickSize(r)
	if s.spec.Width > 0 {
		w, h = s.spec.Width, s.spec.Height
	}
	return f.encode(r, paint(r, w, h, labels, cells))
}

func (s *scenes) Images(ctx context.Context) iter.Seq2[datasets.Image, error] {
	return datasets.Each(ctx, s.used, func(i int) datasets.Image {
		_, labels, f := s.plan(i)
		name := fmt.Sprintf("%06d%s", i, f.extension())
		d := &drawing{scenes: s, scene: i, format: f}
		return datasets.Image{ID: s.spec.Name + "/" + name, Name: name, Labels: s.names(labels), Sum: d.sum, Read: d.read}
	})
}

// drawing is a scene that is drawn when it is read.
type drawing struct {
	*scenes
	scene  int
	format format
	last   atomic.Pointer[shown]
}

// shown has the hash of a file that was just drawn: computing it again would mean decoding the PNG.
type shown struct {
	file [sha256.Size]byte
	sum  []byte
}

func (d *drawing) read(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, sum, err := d.draw(d.scene)
	if sum != nil {
		d.last.Store(&shown{sha256.Sum256(data), sum})
	}
	return data, err
}

func (d *drawing) sum(data []byte) ([]byte, error) {
	if l := d.last.Load(); l != nil && l.file == sha256.Sum256(data) {
		return l.sum, nil
	}
	return d.format.sum(data)
}

func (s *scenes) Texts(ctx context.Context) iter.Seq2[datasets.Text, error] {
	if n := s.spec.Captions; n > 0 {
		return datasets.Each(ctx, s.used*n, func(i int) datasets.Text { return s.caption(i/n, i%n) })
	}
	return datasets.Each(ctx, s.asked(), func(i int) datasets.Text {
		var labels []datasets.Label
		for _, l := range s.sets[i] {
			labels = append(labels, s.art.label(l))
		}
		return datasets.Text{ID: fmt.Sprintf("%s/text/%06d", s.spec.Name, i), Text: datasets.Query(labels...), Labels: s.names(s.sets[i])}
	})
}

func (s *scenes) names(labels []int) []string {
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = s.art.Labels[l].Name
	}
	return out
}

func (s *scenes) Close() error { return nil }
