// Package suite reads suite files: which datasets go through which variants, and what is measured.
package suite

import (
	"cmp"
	"embed"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/machine"
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
	Skip        []string        `yaml:"skip"` // parts of a run to leave out: see Parts
	Timeout     time.Duration   `yaml:"timeout"`
	Limit       int             `yaml:"limit"`        // number of pictures used from each dataset, from the first; 0 means all
	SampleAbove *int            `yaml:"sample_above"` // pictures from which swaps and noise floors use a sample of a dataset; 0: never; nil: defaultSampleAbove
	MaxPairs    int64           `yaml:"max_pairs"`    // similarities of a search from which only a sample of its queries is searched; 0 means defaultMaxPairs
	Memory      string          `yaml:"memory"`       // memory for open encoders, such as 6GiB; "" means half of the machine's
	Datasets    []DatasetSpec   `yaml:"datasets"`
	Variants    []encoders.Spec `yaml:"variants"`

	Dir    string `yaml:"-"` // folder that relative paths start from
	SHA256 string `yaml:"-"` // hash of the file's bytes
	Source []byte `yaml:"-"` // the file's bytes

	places map[string]string // YAML paths in the file by Place's arguments
	file   string
}

// Timing says how much is timed: rounds of items, after warm-up rounds.
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

// Parts are the parts of a run that a suite may skip.
func Parts() []string { return []string{PartTiming, PartFloor, PartSwaps, PartProof} }

// defaultSampleAbove is the size that a sufficient sample often has.
const defaultSampleAbove = 128

// Samples tells whether swaps and noise floors use a sample when a dataset has so many pictures.
func (s *Suite) Samples(pictures int) bool {
	above := defaultSampleAbove
	if s.SampleAbove != nil {
		above = *s.SampleAbove
	}
	return above > 0 && pictures > above
}

// defaultMaxPairs is a million queries against a million items.
const defaultMaxPairs = 1_000_000_000_000

// PairsLimit is the number of similarities up to which a search has all queries. Above it, a search has a random
// sample of them.
func (s *Suite) PairsLimit() int64 { return cmp.Or(s.MaxPairs, defaultMaxPairs) }

func (s *Suite) Skips(part string) bool { return slices.Contains(s.Skip, part) }

// Bench says how long `fastclip bench inference` and `bench indexing` measure a row.
type Bench struct {
	MinTime      time.Duration `yaml:"min_time"`
	MinCalls     int           `yaml:"min_calls"`
	MaxTime      time.Duration `yaml:"max_time"`       // a row that has not settled by then says so
	PricePerHour float64       `yaml:"price_per_hour"` // price of the machine; 0 means unknown
}

// DatasetSpec is one dataset of a suite. Exactly one of its sources is given.
type DatasetSpec struct {
	Name     string `yaml:"name"`
	Template string `yaml:"template"` // of queries for labels, with {}; "" means "a photo of a ..."
	// Templates ask for zero-shot classification of pictures with one label each. The class stands in each
	// template where {} or {c} is.
	Templates []string `yaml:"templates"`
	// TemplatesFile holds the templates in place of Templates, one per line, as in CLIP_benchmark's
	// zeroshot_classification_templates.txt.
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

// memoryLimit is how many bytes the encoders that are open at once may take; 0 where nothing is known of
// the machine.
func (s *Suite) MemoryLimit(h machine.Host) int64 {
	if n, err := humanize.ParseBytes(s.Memory); err == nil {
		return int64(min(n, math.MaxInt64))
	}
	return h.MemoryBytes / 2
}

// WithDefaults fills in times that are long enough to see the end of a warm-up of 40 calls.
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

// Check returns what is wrong with the values, or nil.
func (b Bench) Check() error {
	if b.MinCalls < 16 || b.MinTime < 0 || b.MaxTime < b.MinTime || b.PricePerHour < 0 || math.IsNaN(b.PricePerHour) {
		return errors.New("bench: want min_calls of at least 16, max_time of at least min_time, and no negative price_per_hour")
	}
	return nil
}
