package facts

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// SlowerBy is the share by which a variant must be slower than the reference to be reported.
const SlowerBy = 0.05

// What became of a variant, in one word.
const (
	StandsReference = "reference"
	StandsFailed    = "failed"
	StandsFaulty    = "faulty" // breaks a rule that every model must keep, so no gain counts
	StandsWorse     = "worse"  // a score is significantly lower
	StandsSlower    = "slower" // scores hold, but it takes longer
	StandsBetter    = "better" // a score is significantly higher
	StandsNoise     = "noise"  // it drifts, but no score shows a difference
	StandsSame      = "same"   // the embeddings equal the reference's to the bit
	StandsAway      = "unavailable"
)

// standings are in the order in which a reader wants to see them.
var standings = []string{StandsReference, StandsFailed, StandsFaulty, StandsWorse, StandsSlower, StandsAway, StandsBetter, StandsNoise, StandsSame}

// Standing is the one row that says how a variant stands, and what decided that.
type Standing struct {
	Identity
	State    string `json:"state"`
	Decides  *Score `json:"decides,omitempty"` // worse, better: the deciding score; noise: the score nearest to a difference
	Slow     string `json:"slow,omitempty"`    // slower: the modality
	Image    Number `json:"image_vs_reference"`
	Text     Number `json:"text_vs_reference"`
	Score    Number `json:"score"` // score in the table's metric, over all searches
	Moved    *Moved `json:"-"`
	Metric   string `json:"metric"`
	Compared bool   `json:"compared"` // scores were compared
	Drawn    *Score `json:"-"`        // the score whose difference a drawing shows, or nil
}

// Standings lists every variant once. The reference comes first, then the variants that need a look.
func Standings(r Report) []Standing {
	moved := map[string]Moved{}
	for _, m := range Movements(r.Res) {
		moved[m.Name] = m
	}
	var out []Standing
	for i, v := range Identities(r.Res) {
		s := Standing{Identity: v, Image: Absent(), Text: Absent(), Score: Absent(), Metric: r.Metric}
		if i < len(r.Performance) {
			s.Score = overall(r, r.Performance[i])
		}
		if m, ok := moved[v.Variant]; ok {
			s.Moved = &m
		}
		s.speed(r)
		s.judge(r)
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b Standing) int {
		return cmp.Compare(slices.Index(standings, a.State), slices.Index(standings, b.State))
	})
	return out
}

// overall is the cell over all searches, or the only cell.
func overall(r Report, p Performance) Number {
	for i, c := range r.Columns {
		if c.Direction == All || len(r.Columns) == 1 {
			return p.Scores[i].Value
		}
	}
	return Absent()
}

func (s *Standing) speed(r Report) {
	for _, t := range r.Speed {
		for _, row := range t.Rows {
			if row.Variant != s.Variant || row.IsReference {
				continue
			}
			if t.Modality == "image" {
				s.Image = row.VsReference
			} else {
				s.Text = row.VsReference
			}
			if row.Slower() {
				s.Slow = t.Modality
			}
		}
	}
}

// Slower tells whether the row takes significantly longer than the reference, by more than SlowerBy.
func (r SpeedRow) Slower() bool { return r.Shown() && r.VsReference > 1+SlowerBy }

// Faster tells whether the row takes significantly less time, by the same factor.
func (r SpeedRow) Faster() bool { return r.Shown() && r.VsReference < 1/(1+SlowerBy) }

func (s *Standing) judge(r Report) {
	all, real := Comparisons(r, s.Identity)
	s.Compared = len(all) > 0
	switch {
	case s.Status == store.StatusUnavailable:
		s.State = StandsAway
	case !s.Ok():
		s.State = StandsFailed
	case s.IsReference:
		s.State = StandsReference
	case s.Faulty:
		s.State = StandsFaulty
	case len(real) > 0 && real[0].Delta < 0:
		s.State, s.Decides = StandsWorse, &real[0]
	case s.Slow != "":
		s.State = StandsSlower
	case len(real) > 0:
		s.State, s.Decides = StandsBetter, &real[0]
	case s.Moved != nil && s.Moved.Exact:
		s.State = StandsSame
	default:
		s.State, s.Decides = StandsNoise, pooledOf(all, r.Metric)
	}
	if s.Drawn = s.Decides; s.State == StandsSlower {
		s.Drawn = pooledOf(all, r.Metric)
	}
}

// pooledOf is the variant's score over all searches in the table's metric, or else the first compared
// score.
func pooledOf(all []Score, metric string) *Score {
	for i, s := range all {
		if s.Direction == All && s.Metric == metric {
			return &all[i]
		}
	}
	if len(all) > 0 {
		return &all[0]
	}
	return nil
}
