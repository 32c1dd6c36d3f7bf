package reports

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
	"github.com/fastclip/fastclip/reports/why"
)

// explained is all that is known about a variant, as numbers and as text.
type explained struct {
	evidence why.Evidence
	told     prose.Told
	document prose.Document
}

// explanations are the ways to write it.
var explanations = formats.List[func(io.Writer, explained) error]{
	{"md", func(w io.Writer, x explained) error { return writeDocument(w, x.document) }},
	{"csv", func(w io.Writer, x explained) error { return writeFlips(w, x.evidence.Flips) }},
	{"json", func(w io.Writer, x explained) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(newWhyJSON(x.evidence, x.told))
	}},
}

// ExplainFormats are the formats that Explain writes.
func ExplainFormats() []string { return explanations.Names() }

// Explain writes why a variant of a finished run differs from the reference. md is everything as text, with the
// worst n queries and items. json is everything as numbers. csv has one row per query whose first item or outcome
// at K changed. The error is formats.ErrUnknown for an unknown format, and ErrVariant for a variant that cannot be
// explained.
func Explain(w io.Writer, dir, variant, format string, n int) error {
	write, err := explanations.Find(format)
	if err != nil {
		return err
	}
	var x explained
	if x.evidence, x.told, x.document, err = explainRun(dir, variant, n); err != nil {
		return err
	}
	return write(w, x)
}

// explainRun reads a run and works out all the evidence about a variant.
func explainRun(dir, variant string, n int) (x why.Evidence, r prose.Told, d prose.Document, err error) {
	f, err := store.Open(dir)
	if err != nil {
		return x, r, d, err
	}
	if err := f.Verify(); err != nil {
		return x, r, d, err
	}
	res, err := f.Load()
	if err != nil {
		return x, r, d, err
	}
	own, ref, err := why.PairOf(res, variant)
	if err != nil {
		// The layers of a variant that failed may be known all the same.
		l, unread := f.ReadLayers(variant, res.Run.RunID)
		if unread != nil || l == nil {
			return x, r, d, err
		}
		return why.Evidence{Variant: variant, Reference: l.Reference, Layers: l}, r, prose.LayersDocument(*l, err.Error()), nil
	}
	r = prose.Tell(res)
	if x, err = why.Explain(r.Report, f, own, ref, n); err != nil {
		return x, r, d, err
	}
	d, err = prose.ExplainDocument(x, r, f)
	return x, r, d, err
}

// writeFlips writes one row per changed query.
func writeFlips(w io.Writer, flips []why.Flip) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"dataset", "direction", "metric", "query", "before", "after", "margin", "drift", "near_tie"}}
	digits := func(n facts.Number) string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }
	for _, f := range flips {
		rows = append(rows, append(sheet.Texts(f.Dataset, f.Direction, f.Metric, f.Query, f.Before, f.After), digits(f.Margin), digits(f.Drift), strconv.FormatBool(f.NearTie)))
	}
	return c.WriteAll(rows)
}
