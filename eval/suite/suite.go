// Package suite reads suite files: which datasets go through which variants, and what is measured.
package suite

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/fastclip/fastclip/metrics/rank"
)

//go:embed suites/*.yaml
var suites embed.FS

// Suite is a suite file.
type Suite struct {
	Name        string          `yaml:"name"`
	Reference   string          `yaml:"reference"`
	Defaults    encoders.Spec   `yaml:"defaults"`
	Context     int             `yaml:"context"`
	Metrics     []string        `yaml:"metrics"`
	Resamples   int             `yaml:"resamples"`
	Seed        uint64          `yaml:"seed"`
	Timing      Timing          `yaml:"timing"`
	Bench       Bench           `yaml:"bench"`
	Skip        []string        `yaml:"skip"` // parts of a run that are left out: see Parts
	Timeout     time.Duration   `yaml:"timeout"`
	Limit       int             `yaml:"limit"`        // first pictures of each dataset that are used; 0: all
	SampleAbove *int            `yaml:"sample_above"` // pictures of a dataset; of a larger one swaps and noise floors see a sample. 0: never; nil: defaultSampleAbove
	Memory      string          `yaml:"memory"`       // that open encoders may take, such as 6GiB; "": half of the machine's
	Datasets    []DatasetSpec   `yaml:"datasets"`
	Variants    []encoders.Spec `yaml:"variants"`

	Dir    string `yaml:"-"` // what relative paths are relative to
	SHA256 string `yaml:"-"` // of the file's bytes
	Source []byte `yaml:"-"` // the file's bytes

	places map[string]string // YAML paths in the file by Place's arguments
	file   string
}

// Timing says how much is measured: rounds of items, after warm-up rounds.
type Timing struct {
	Items  int `yaml:"items"`
	Rounds int `yaml:"rounds"`
	Warmup int `yaml:"warmup"`
}

// Parts of a run that a suite may leave out: what is left is what a plain benchmark computes.
const (
	PartTiming = "timing" // timings of every phase
	PartFloor  = "floor"  // the reference's noise floor: four more runs of it
	PartSwaps  = "swaps"  // attribution of drift to stages
	PartProof  = "proof"  // where each model ran, from a profile
)

// Parts are all that may be left out.
func Parts() []string { return []string{PartTiming, PartFloor, PartSwaps, PartProof} }

// defaultSampleAbove is as many pictures as a sample that tells enough often has.
const defaultSampleAbove = 128

// Samples tells whether swaps and noise floors see a sample of so many pictures.
func (s *Suite) Samples(pictures int) bool {
	above := defaultSampleAbove
	if s.SampleAbove != nil {
		above = *s.SampleAbove
	}
	return above > 0 && pictures > above
}

func (s *Suite) Skips(part string) bool { return slices.Contains(s.Skip, part) }

// Bench says how long `fastclip bench inference` and `bench indexing` measure a row.
type Bench struct {
	MinTime      time.Duration `yaml:"min_time"`
	MinCalls     int           `yaml:"min_calls"`
	MaxTime      time.Duration `yaml:"max_time"`       // a row that has not settled by then says so
	PricePerHour float64       `yaml:"price_per_hour"` // of the machine; 0: not known
}

// DatasetSpec is one dataset of a suite; exactly one of its sources is given.
type DatasetSpec struct {
	Name     string `yaml:"name"`
	Template string `yaml:"template"` // of queries for labels, with {}; "" is "a photo of a ..."
	// Templates ask for zero-shot classification of pictures with one label each: the class in
	// each of them, with {} or {c} for it.
	Templates []string `yaml:"templates"`
	// TemplatesFile holds them in place of Templates, a line each, as CLIP_benchmark's
	// zeroshot_classification_templates.txt does.
	TemplatesFile string `yaml:"templates_file"`

	Scenes     *Scenes     `yaml:"scenes"`
	Folder     *Folder     `yaml:"folder"`
	Captions   *Captions   `yaml:"captions"`
	Table      *Table      `yaml:"table"`
	Coco       *Coco       `yaml:"coco"`
	Karpathy   *Karpathy   `yaml:"karpathy"`
	Flickr     *Flickr     `yaml:"flickr"`
	Webdataset *Webdataset `yaml:"webdataset"`
	HFParquet  *HFParquet  `yaml:"hfparquet"`
}

// Load reads a suite: an embedded one by its name, or a YAML file by its path.
func Load(name string) (*Suite, error) {
	data, err := fs.ReadFile(suites, "suites/"+name+".yaml")
	dir := "."
	if err != nil {
		if data, err = os.ReadFile(name); errors.Is(err, fs.ErrNotExist) {
			return nil, UnknownError{name}
		} else if err != nil {
			return nil, fmt.Errorf("read suite: %w", err)
		}
		dir = filepath.Dir(name)
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("suite %s: %w", name, err)
	}
	if s.Dir = dir; slices.Contains(Names(), name) {
		return s, nil // the user cannot look at a line of it
	}
	s.file, s.places = name, map[string]string{}
	for i, d := range s.Datasets {
		s.places["dataset "+d.Name] = fmt.Sprintf("$.datasets[%d].name", i)
	}
	for i, v := range s.Variants {
		s.places["variant "+v.Name] = fmt.Sprintf("$.variants[%d].name", i)
	}
	return s, nil
}

// UnknownError is of a name that is no suite's.
type UnknownError struct{ name string }

func (e UnknownError) Error() string {
	return fmt.Sprintf("suite %q is neither a file nor an embedded suite (%s)%s", e.name, strings.Join(Names(), ", "), suggest.Hint(e.name, Names()))
}

// Names are the embedded suites.
func Names() []string {
	entries, err := fs.ReadDir(suites, "suites")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Parse parses and checks a suite file's bytes. Its errors name line and column.
func Parse(data []byte) (*Suite, error) {
	s := &Suite{}
	if err := strictyaml.Decode(data, s); err != nil {
		return nil, err
	}
	h := sha256.Sum256(data)
	s.SHA256, s.Source = hex.EncodeToString(h[:]), data
	s.fill()
	if err := s.check(data); err != nil {
		return nil, err
	}
	return s, nil
}

// fill sets what the file left out.
func (s *Suite) fill() {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&s.Resamples, 10000)
	if s.Timing == (Timing{}) {
		s.Timing.Warmup = 2
	}
	def(&s.Timing.Items, 32)
	def(&s.Timing.Rounds, 10)
	s.Bench = s.Bench.WithDefaults()
	if len(s.Metrics) == 0 {
		s.Metrics = MetricNames()
	}
	if s.Timeout == 0 {
		s.Timeout = 10 * time.Minute
	}
	for i, v := range s.Variants {
		s.Variants[i] = inherit(v, s.Defaults).WithDefaults()
	}
	if s.Reference == "" && len(s.Variants) > 0 {
		s.Reference = s.Variants[0].Name
	}
}

// memoryLimit is how many bytes the encoders that are open at once may take; 0 where nothing is known of
// the machine.
func (s *Suite) MemoryLimit(h machine.Host) int64 {
	if n, err := humanize.ParseBytes(s.Memory); err == nil {
		return int64(min(n, math.MaxInt64))
	}
	return h.MemoryBytes / 2
}

// WithDefaults measures long enough to see a warm-up of 40 calls end.
func (b Bench) WithDefaults() Bench {
	if b.MinTime == 0 {
		b.MinTime = time.Second
	}
	if b.MinCalls == 0 {
		b.MinCalls = 64
	}
	if b.MaxTime == 0 {
		b.MaxTime = max(30*time.Second, b.MinTime)
	}
	return b
}

// Check says what is wrong with it, or is nil.
func (b Bench) Check() error {
	if b.MinCalls < 16 || b.MinTime < 0 || b.MaxTime < b.MinTime || b.PricePerHour < 0 || math.IsNaN(b.PricePerHour) {
		return errors.New("bench wants min_calls of at least 16, max_time of at least min_time, and no negative price_per_hour")
	}
	return nil
}

// inherit fills the empty fields of v from d; what v's runtime would not look at it does not inherit.
func inherit(v, d encoders.Spec) encoders.Spec {
	str := func(a *string, b string) {
		if *a == "" {
			*a = b
		}
	}
	str(&v.Model, d.Model)
	str(&v.Runtime, d.Runtime)
	takes, from := encoders.TakesOf(v.Runtime), encoders.TakesOf(d.Runtime)
	if takes.Files && from.Files || takes.Server && from.Server {
		str(&v.Image, d.Image)
		str(&v.Text, d.Text)
	}
	if takes.Server {
		if v.URL == "" && v.Command == nil {
			v.URL, v.Command = d.URL, d.Command
		}
		str(&v.Input, d.Input)
	}
	if takes.Deadlines && !v.Deadlines.Given() {
		v.Deadlines = d.Deadlines
	}
	str(&v.Provider, d.Provider)
	str(&v.Precision, d.Precision)
	str(&v.Preprocess, d.Preprocess)
	str(&v.Tokenizer, d.Tokenizer)
	if v.Context == 0 {
		v.Context = d.Context
	}
	if v.Batch == 0 {
		v.Batch = d.Batch
	}
	if v.Threads == 0 {
		v.Threads = d.Threads
	}
	v.Trim = v.Trim || d.Trim
	v.Optional = v.Optional || d.Optional
	if v.Options == nil {
		v.Options = d.Options
	}
	return v
}

// Select narrows a suite to the named variants and datasets; the reference stays, since
// drift needs it. An unknown name is an error.
func (s *Suite) Select(variants, sets []string) error {
	if len(variants) > 0 {
		if err := known("variant", variants, s.VariantNames()); err != nil {
			return err
		}
		s.Variants = slices.DeleteFunc(s.Variants, func(v encoders.Spec) bool {
			return v.Name != s.Reference && !slices.Contains(variants, v.Name)
		})
	}
	if len(sets) > 0 {
		if err := known("dataset", sets, names(s.Datasets, func(d DatasetSpec) string { return d.Name })); err != nil {
			return err
		}
		s.Datasets = slices.DeleteFunc(s.Datasets, func(d DatasetSpec) bool { return !slices.Contains(sets, d.Name) })
	}
	return nil
}

// VariantNames are the variants' names, in order.
func (s *Suite) VariantNames() []string {
	return names(s.Variants, func(v encoders.Spec) string { return v.Name })
}

func names[T any](list []T, name func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, name(v))
	}
	return out
}

func known(what string, want, have []string) error {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return fmt.Errorf("no %s %q in the suite (it has %s)%s", what, w, strings.Join(have, ", "), suggest.Hint(w, have))
		}
	}
	return nil
}

// MetricNames are the metrics that a suite may ask for.
func MetricNames() []string { return rank.Names() }

// ReferenceFirst keeps the order otherwise: of two variants with the same models, the reference
// is the one that is timed.
func ReferenceFirst(specs []encoders.Spec, reference string) []encoders.Spec {
	out := slices.Clone(specs)
	slices.SortStableFunc(out, func(a, b encoders.Spec) int {
		switch {
		case a.Name == reference && b.Name != reference:
			return -1
		case b.Name == reference && a.Name != reference:
			return 1
		}
		return 0
	})
	return out
}
