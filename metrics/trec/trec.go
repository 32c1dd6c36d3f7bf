// Package trec scores runs against judgements as NIST's trec_eval does: its measures, its
// order of ties, its averages and its printed lines.
package trec

import "fmt"

// Release is a release of trec_eval, in whose numbers the others differ: 10.0 keeps scores
// as 64 bit floats, rounds the recall points of iprec_at_recall and 11pt_avg to the nearest
// document and has rbp, rbp_resid and unj; 9.0.8 keeps scores as 32 bit floats and adds 0.9
// to the recall points before it cuts them.
type Release string

// The releases that can be equalled.
const (
	Release10  Release = "10.0"
	Release908 Release = "9.0.8"
)

// Releases are all that can be equalled, the default first.
func Releases() []Release { return []Release{Release10, Release908} }

// Options are trec_eval's; the zero value is its defaults.
type Options struct {
	Measures []string // -m: names, names.PARAMETERS or nicknames; none is "official"
	Complete bool     // -c: average over all queries of the judgements
	MaxDocs  int      // -M: best documents of a query that count; 0 is all
	Level    int      // -l: lowest judgement that is relevant; 0 is 1
	Release  Release  // what to equal; "" is Release10
}

// Check says what is wrong with o, without any files.
func (o Options) Check() error {
	o, err := o.withDefaults()
	if err == nil {
		_, err = choose(o)
	}
	return err
}

// withDefaults fills in what is left out and says what cannot be.
func (o Options) withDefaults() (Options, error) {
	if o.Level == 0 {
		o.Level = 1
	}
	if o.Release == "" {
		o.Release = Release10
	}
	if len(o.Measures) == 0 {
		o.Measures = []string{"official"}
	}
	switch {
	case o.Level < 0:
		return o, fmt.Errorf("relevance level %d: want at least 1", o.Level)
	case o.MaxDocs < 0:
		return o, fmt.Errorf("at most %d documents a query: want at least 1", o.MaxDocs)
	case o.Release != Release10 && o.Release != Release908:
		return o, fmt.Errorf("release %q of trec_eval: want one of %v", o.Release, Releases())
	}
	return o, nil
}
