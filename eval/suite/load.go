package suite

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/internal/suggest"
)

// Load reads a suite: an embedded one by name, or a YAML file by path.
func Load(name string) (*Suite, error) {
	s, err := Examine(name)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Examine is Load for a check: if the error is about values, the suite is there too, for what else is wrong with it.
func Examine(name string) (*Suite, error) {
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
	s, err := parse(data)
	if s != nil {
		s.Dir = dir
	}
	if err != nil {
		return s, fmt.Errorf("suite %s: %w", name, err)
	}
	if slices.Contains(Names(), name) {
		return s, nil // the user cannot look at a line of an embedded suite
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

// UnknownError is the error for a name that belongs to no suite.
type UnknownError struct{ name string }

func (e UnknownError) Error() string {
	return fmt.Sprintf("suite %q is neither a file nor an embedded suite (%s)%s", e.name, strings.Join(Names(), ", "), suggest.Hint(e.name, Names()))
}

// Names are the names of the embedded suites.
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
	s, err := parse(data)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// parse also returns a suite whose values are wrong.
func parse(data []byte) (*Suite, error) {
	s := &Suite{}
	if err := strictyaml.Decode(data, s); err != nil {
		return nil, err
	}
	h := sha256.Sum256(data)
	s.SHA256, s.Source = hex.EncodeToString(h[:]), data
	named := keysOf(data)
	zeros := s.zeros(named)
	s.fill(named)
	return s, s.check(data, zeros)
}

// fill sets what the file left out to its default.
func (s *Suite) fill(named keys) {
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
		v.Named = named.of(i)
		s.Variants[i] = inherit(v, s.Defaults).WithDefaults()
	}
	if s.Reference == "" && len(s.Variants) > 0 {
		s.Reference = s.Variants[0].Name
	}
}

// inherit fills the empty fields of v from d. v does not inherit what its runtime would ignore.
func inherit(v, d encoders.Spec) encoders.Spec {
	str := func(a *string, b string) {
		if *a == "" {
			*a = b
		}
	}
	str(&v.Model, d.Model)
	str(&v.Runtime, d.Runtime)
	for _, key := range encoders.Ignored(v.Runtime) {
		d = without(d, key)
	}
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
	if !takes.Server || from.Server { // where a server computes is its own affair
		str(&v.Provider, d.Provider)
	}
	str(&v.Precision, d.Precision)
	if v.Input != encoders.InputFiles {
		str(&v.Preprocess, d.Preprocess)
	}
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
	if !slices.Contains(v.Named, "trim") {
		v.Trim = d.Trim
	}
	if !slices.Contains(v.Named, "optional") {
		v.Optional = d.Optional
	}
	if own, from := cmp.Or(v.Runtime, encoders.ONNXRuntime), cmp.Or(d.Runtime, encoders.ONNXRuntime); v.Options == nil && own == from {
		v.Options = d.Options
	}
	return v
}

// without is d without a key.
func without(d encoders.Spec, key string) encoders.Spec {
	switch key {
	case "provider":
		d.Provider = ""
	case "precision":
		d.Precision = ""
	case "preprocess":
		d.Preprocess = ""
	case "tokenizer":
		d.Tokenizer = ""
	case "context":
		d.Context = 0
	case "batch":
		d.Batch = 0
	case "threads":
		d.Threads = 0
	case "trim":
		d.Trim = false
	}
	return d
}
