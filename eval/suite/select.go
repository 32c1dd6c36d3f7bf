package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Select reduces a suite to the named variants and datasets. The reference always stays, because drift needs it.
// An unknown name is an error.
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

// ReferenceFirst moves the reference to the front. Of two variants with the same models the first is
// timed, and that should be the reference. The others keep their order.
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
