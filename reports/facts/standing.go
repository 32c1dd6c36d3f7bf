package facts

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// SlowerBy is how much slower beside the reference, in share, is worth telling.
const SlowerBy = 0.05

// What became of a variant, in a word.
const (
	StandsReference = "reference"
	StandsFailed    = "failed"
	StandsFaulty    = "faulty" // what must hold of any model does not hold of it, so nothing it gains counts
	StandsWorse     = "worse"  // a score is really lower
	StandsSlower    = "slower" // scores hold, and it takes longer
	StandsBetter    = "better" // a score is really higher
	StandsNoise     = "noise"  // it drifts, and no score is shown to differ
	StandsSame      = "same"   // the embeddings are the reference's, to the bit
	StandsAway      = "unavailable"
)

// standings are in the order in which a reader wants them.
var standings = []string{StandsReference, StandsFailed, StandsFaulty, StandsWorse, StandsSlower, StandsAway, StandsBetter, StandsNoise, StandsSame}

// Standing is the one row of a variant that says how it stands, and what decides that.
type Standing struct {
	Identity
	State    string `json:"state"`
	Decides  *Score `json:"decides,omitempty"` // of worse and better: the score; of noise: the nearest to one
	Slow     string `json:"slow,omitempty"`    // of slower: the modality
	Image    Number `json:"image_vs_reference"`
	Text     Number `json:"text_vs_reference"`
	Score    Number `json:"score"` // of the table's metric, over all searches
	Moved    *Moved `json:"-"`
	Metric   string `json:"metric"`
	Compared bool   `json:"compared"` // scores were
	Drawn    *Score `json:"-"`        // the score whose difference a drawing shows; nil without one
}

// Standings has every variant once: the reference, then what needs a look.
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

// overall is the cell over all searches, or the only one.
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

// Slower tells whether the row is shown to take longer than the reference by more than SlowerBy.
func (r SpeedRow) Slower() bool { return r.Shown() && r.VsReference > 1+SlowerBy }

// Faster is the same the other way round.
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

// pooledOf is the variant's score over all searches in the table's metric, or the first that was compared.
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
