package suite

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/internal/suggest"
)

// Names become folders and files of a run. They must not leave the run's folder, and the store must not
// refuse them after all work is done.
var (
	variantRule = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,99})*$`)
	datasetRule = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,99}$`)
)

// check reports what is wrong with a suite beyond its syntax, each with its line.
func (s *Suite) check(data []byte, zeros []zero) error {
	var problems []string
	bad := func(path, format string, args ...any) {
		problems = append(problems, strictyaml.Position(data, path)+fmt.Sprintf(format, args...))
	}
	if s.Name == "" {
		bad("$", "the suite has no name")
	}
	for _, z := range zeros {
		bad(z.path, "%s", z.text)
	}
	s.checkVariants(bad)
	s.checkDatasets(bad)
	for i, m := range s.Metrics {
		if !slices.Contains(MetricNames(), m) {
			bad(fmt.Sprintf("$.metrics[%d]", i), "unknown metric %q: want one of %s%s", m, strings.Join(MetricNames(), ", "), suggest.Hint(m, MetricNames()))
		}
	}
	if s.Context < 0 || s.Context == 1 {
		bad("$.context", "context %d: want at least 2, or none: then a row has as many ids as the model takes", s.Context)
	}
	if s.Resamples < minResamples || s.Resamples > maxResamples {
		bad("$.resamples", "resamples %d: want %d to %d", s.Resamples, minResamples, maxResamples)
	}
	if t := s.Timing; t.Items < 1 || t.Items > maxItems || t.Rounds < 1 || t.Rounds > maxRounds || t.Warmup < 0 || t.Warmup > maxRounds {
		bad("$.timing", "timing wants items of 1 to %d, rounds of 1 to %d, warmup of 0 to %d", maxItems, maxRounds, maxRounds)
	}
	for i, part := range s.Skip {
		if !slices.Contains(Parts(), part) {
			bad(fmt.Sprintf("$.skip[%d]", i), "skip %q: want one of %s%s", part, strings.Join(Parts(), ", "), suggest.Hint(part, Parts()))
		}
	}
	if err := s.Bench.Check(); err != nil {
		bad("$.bench", "%v", err)
	}
	if s.Timeout < 0 {
		bad("$.timeout", "timeout %s: want a positive duration such as 10m", s.Timeout)
	}
	if s.MaxPairs < 0 {
		bad("$.max_pairs", "max_pairs %d: want a number of pairs, or 0 for %d", s.MaxPairs, int64(defaultMaxPairs))
	}
	if s.SampleAbove != nil && *s.SampleAbove < 0 {
		bad("$.sample_above", "sample_above %d: want a number of pictures, or 0 for never", *s.SampleAbove)
	}
	if s.Limit < 0 {
		bad("$.limit", "limit %d: want a number of pictures, or 0 for all", s.Limit)
	}
	if s.Memory != "" {
		if err := CheckMemory(s.Memory); err != nil {
			bad("$.memory", "memory %v", err)
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	return nil
}

// CheckMemory rejects texts that are not sizes. It also rejects sizes that are too small for any encoder
// or too large for any machine, because "6" is not 6 GiB.
func CheckMemory(size string) error {
	switch n, err := humanize.ParseBytes(size); {
	case err != nil:
		return fmt.Errorf("%q: want a size such as 6GiB", size)
	case n < minMemory || n > maxMemory:
		return fmt.Errorf("%q is %s: want %s to %s, such as 6GiB", size, humanize.IBytes(n), humanize.IBytes(minMemory), humanize.IBytes(maxMemory))
	}
	return nil
}

func (s *Suite) checkVariants(bad func(path, format string, args ...any)) {
	if len(s.Variants) == 0 {
		bad("$", "the suite has no variants")
	}
	seen := map[string]bool{}
	for i, v := range s.Variants {
		at := fmt.Sprintf("$.variants[%d]", i)
		if err := v.Validate(); err != nil {
			bad(at, "%v", err)
		} else if known := append(encoders.Runtimes(), encoders.Precomputed); !slices.Contains(known, v.Runtime) {
			bad(at, "variant %s: unknown runtime %q: want one of %s%s", v.Name, v.Runtime, strings.Join(known, ", "), suggest.Hint(v.Runtime, known))
		} else if v.Runtime == encoders.Precomputed && len(v.Options) > 0 {
			bad(at, "variant %s: runtime %s has no options", v.Name, encoders.Precomputed)
		} else if !variantRule.MatchString(v.Name) {
			bad(at+".name", "variant name %q: want at most 100 letters, digits and . _ - : @ +, or several such parts joined by /", v.Name)
		}
		if seen[v.Name] {
			bad(at+".name", "variant %q is named twice", v.Name)
		}
		seen[v.Name] = true
		if v.Optional && v.Name == s.Reference {
			bad(at, "reference %s is optional: nothing is compared without it", v.Name)
		}
	}
	if len(s.Variants) > 0 && !seen[s.Reference] {
		bad("$.reference", "reference %q is not among the variants%s", s.Reference, suggest.Hint(s.Reference, s.VariantNames()))
	}
}

func (s *Suite) checkDatasets(bad func(path, format string, args ...any)) {
	if len(s.Datasets) == 0 {
		bad("$", "the suite has no datasets")
	}
	seen := map[string]bool{}
	for i, d := range s.Datasets {
		at := fmt.Sprintf("$.datasets[%d]", i)
		if !datasetRule.MatchString(d.Name) {
			bad(at, "dataset name %q: want at most 100 letters, digits and . _ - @ +", d.Name)
		}
		if seen[d.Name] {
			bad(at+".name", "dataset %q is named twice", d.Name)
		}
		seen[d.Name] = true
		if err := CheckTemplates(d.Templates); err != nil {
			bad(at+".templates", "dataset %q: template %v", d.Name, err)
		}
		if _, err := d.source(); err != nil {
			bad(at, "dataset %q: %v", d.Name, err)
		}
	}
}
