package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/layouts"
	"github.com/fastclip/fastclip/datasets/scenes"
)

// source is where a dataset of a suite comes from. Paths are relative to the suite's file.
type source interface {
	check() error
	open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error)
}

// where is what a source needs from its surroundings.
type where struct {
	dir   string // folder of the suite
	art   fs.FS
	cache string
}

func (w where) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(w.dir, filepath.FromSlash(name))
}

// namedSource is a source with its key in a suite file.
type namedSource struct {
	name  string
	given bool
	source
}

func (d DatasetSpec) sources() []namedSource {
	return []namedSource{
		{"scenes", d.Scenes != nil, d.Scenes},
		{"folder", d.Folder != nil, d.Folder},
		{"captions", d.Captions != nil, d.Captions},
		{"table", d.Table != nil, d.Table},
		{"coco", d.Coco != nil, d.Coco},
		{"karpathy", d.Karpathy != nil, d.Karpathy},
		{"flickr", d.Flickr != nil, d.Flickr},
		{"webdataset", d.Webdataset != nil, d.Webdataset},
		{"hfparquet", d.HFParquet != nil, d.HFParquet},
	}
}

// source is the source that the file gives.
func (d DatasetSpec) source() (s namedSource, err error) {
	var all []string
	given := 0
	for _, candidate := range d.sources() {
		all = append(all, candidate.name)
		if candidate.given {
			s, given = candidate, given+1
		}
	}
	if given != 1 {
		return s, fmt.Errorf("want exactly one of %s", strings.Join(all, ", "))
	}
	if d.Template != "" && (d.Scenes != nil || !strings.Contains(d.Template, "{}")) {
		return s, errors.New("template must contain {} for the labels, and does not apply to scenes")
	}
	return s, s.check()
}

// SourceName is the key of the dataset's source in a suite file: "scenes", "coco".
func (d DatasetSpec) SourceName() string {
	s, err := d.source()
	if err != nil {
		return ""
	}
	return s.name
}

// First is the dataset when only its first pictures are used; 0 means all. Of scenes, only those are drawn. All other
// sources are as they are, because listing their pictures costs little.
func (d DatasetSpec) First(pictures int) DatasetSpec {
	if d.Scenes != nil && pictures > 0 {
		few := *d.Scenes
		few.first = pictures
		d.Scenes = &few
	}
	return d
}

// Open opens a dataset of a suite. Paths are relative to dir, the suite's folder. Scenes are drawn with art, the
// folder that contains noto, and stored under cache.
func (d DatasetSpec) Open(ctx context.Context, dir string, art fs.FS, cache string) (datasets.Dataset, error) {
	s, err := d.source()
	if err != nil {
		return nil, err
	}
	if _, err := d.Prompts(dir); err != nil {
		return nil, err
	}
	return s.open(ctx, datasets.Options{Name: d.Name, Template: d.Template}, where{dir, art, cache})
}

// Scenes is a generated dataset.
type Scenes struct {
	Objects int    `yaml:"objects"` // 1, 2 or 3 labelled objects per picture
	Count   int    `yaml:"count"`   // number of pictures
	PerSet  int    `yaml:"per_set"` // pictures per label set
	Seed    uint64 `yaml:"seed"`

	Size     string `yaml:"size"`     // 640x425: JPEG files of one size
	Captions int    `yaml:"captions"` // sentences per picture, in place of queries for labels

	first int // pictures that are drawn; 0 means all
}

func (s *Scenes) check() error {
	if s.Objects < 1 || s.Objects > 3 || s.Count < 1 || s.PerSet < 0 {
		return errors.New("scenes: want objects of 1, 2 or 3, and a count of at least 1")
	}
	_, _, err := s.size()
	return err
}

func (s *Scenes) size() (w, h int, err error) {
	if s.Size == "" {
		return 0, 0, nil
	}
	wide, high, _ := strings.Cut(s.Size, "x")
	w, wideErr := strconv.Atoi(wide)
	h, highErr := strconv.Atoi(high)
	if wideErr != nil || highErr != nil {
		return 0, 0, fmt.Errorf("scenes of size %q: want WIDTHxHEIGHT, 640x425", s.Size)
	}
	return w, h, nil
}

func (s *Scenes) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	art, err := fs.Sub(w.art, "noto")
	if err != nil {
		return nil, err
	}
	width, height, err := s.size()
	if err != nil {
		return nil, err
	}
	ds, err := scenes.Open(art, scenes.Spec{
		Name: o.Name, Objects: s.Objects, Count: s.Count, First: s.first, PerSet: s.PerSet, Seed: s.Seed, Width: width, Height: height, Captions: s.Captions,
	})
	if err != nil {
		return nil, err
	}
	// Write real files to a real disk, because loading is a phase that is timed.
	return datasets.Materialise(ctx, ds, filepath.Join(w.cache, "scenes"))
}

// Folder is a folder of pictures on disk, one folder per label.
type Folder struct {
	Path  string `yaml:"path"`
	Links Links  `yaml:"links"`
}

func (f *Folder) check() error {
	return errors.Join(wanted("folder", "path", f.Path), f.Links.check())
}

func (f *Folder) open(ctx context.Context, o datasets.Options, w where) (datasets.Dataset, error) {
	return layouts.OpenFolder(ctx, w.path(f.Path), f.Links.in(o))
}

// Links decides about links that leave the folder of the pictures. "" refuses them, and follow reads their
// targets.
type Links string

func (l Links) check() error {
	if l != "" && l != "follow" {
		return fmt.Errorf("links: %q: want follow, or leave it out", string(l))
	}
	return nil
}

func (l Links) in(o datasets.Options) datasets.Options {
	o.Links = l == "follow"
	return o
}

// Where chooses rows by their columns. Each column has one value or a list of values.
type Where map[string]Values

// splitColumn is the column behind the short form split.
const splitColumn = "split"

// in is w together with the rows of a split, if one is named.
func (w Where) in(split string) Where {
	if split == "" {
		return w
	}
	out := Where{splitColumn: Values{split}}
	maps.Copy(out, w)
	return out
}

// checkSplit rejects a split that is given twice.
func (w Where) checkSplit(source, split string) error {
	if _, ok := w[splitColumn]; ok && split != "" {
		return fmt.Errorf("%s has split %q and where: {split: ...}, which mean the same: remove one", source, split)
	}
	return nil
}

// Values holds one value or several.
type Values []string

// UnmarshalYAML accepts a single value as a list of one.
func (v *Values) UnmarshalYAML(unmarshal func(any) error) error {
	var list []string
	if unmarshal(&list) == nil {
		*v = list
		return nil
	}
	var one string
	if err := unmarshal(&one); err != nil {
		return err
	}
	*v = Values{one}
	return nil
}

func (w Where) rows() datasets.Where {
	out := datasets.Where{}
	for column, values := range w {
		out[column] = values
	}
	return out
}

// wanted rejects a source without a key that it needs.
func wanted(source, key, value string) error {
	if value == "" {
		return fmt.Errorf("%s needs a %s", source, key)
	}
	return nil
}
