package eval

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/internal/store"
)

// datasetRow is the results' row of a dataset, with the balance of what its reader saw.
func (r *run) datasetRow(s *embed.Set) store.Dataset {
	a := s.Info.Account
	d := store.Dataset{
		RunID: r.id, Dataset: s.Spec.Name, Arity: s.Info.Arity, Licence: s.Info.Licence, SHA256: s.Info.Hash, SetSHA256: ptr(s.Dataset.Info().Hash),
		Images: int64(len(s.Good)), Texts: int64(len(s.Texts)), Skipped: int64(len(s.Failures)),
		Seen: int64(a.Seen), Used: int64(a.Used), Merged: int64(a.Merged), Ignored: int64(a.Ignored), Overwritten: int64(a.Overwritten), Refused: int64(a.Refused),
	}
	if s.Zero != nil {
		d.Classes = int64(len(s.Zero.Classes))
	}
	for _, v := range r.variants {
		if n := s.CutOf(v); n != nil && v.OK() {
			d.TextsCut = ptr(max(*n, value(d.TextsCut)))
		}
	}
	if !a.Even() {
		d.Balance = a.String()
	}
	var why []string
	for _, m := range s.Info.Suspect {
		d.Suspect += int64(m.Count)
		why = append(why, fmt.Sprintf("%s %d", m.What, m.Count))
	}
	d.SuspectWhy = strings.Join(why, ", ")
	return d
}
