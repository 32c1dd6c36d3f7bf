// Package trec scores runs against judgements as NIST's trec_eval 10.0 does (Chris Buckley and the
// National Institute of Standards and Technology). It matches trec_eval's measures, order of ties,
// averages and printed lines. The code is fastclip's own. Its output is compared with trec_eval's test
// outputs and with its C code.
package trec

import "fmt"

// Options are trec_eval's options. The zero value means trec_eval's defaults.
type Options struct {
	Measures []string // -m: names, names.PARAMETERS or nicknames; empty means "official"
	Complete bool     // -c: average over all queries of the judgements
	MaxDocs  int      // -M: number of best documents per query that count; 0 means all
	Level    int      // -l: lowest judgement that is relevant; 0 means 1
}

// Check says what is wrong with o. It reads no files.
func (o Options) Check() error {
	o, err := o.withDefaults()
	if err == nil {
		_, err = choose(o)
	}
	return err
}

// withDefaults fills in what is left out, and rejects invalid options.
func (o Options) withDefaults() (Options, error) {
	if o.Level == 0 {
		o.Level = 1
	}
	if len(o.Measures) == 0 {
		o.Measures = []string{"official"}
	}
	switch {
	case o.Level < 0:
		return o, fmt.Errorf("relevance level %d: want at least 1", o.Level)
	case o.MaxDocs < 0:
		return o, fmt.Errorf("at most %d documents per query: want at least 1", o.MaxDocs)
	}
	return o, nil
}
