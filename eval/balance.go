package eval

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// datasetRow is a set as the results have it, with the balance of what its reader saw.
func (r *run) datasetRow(s *set) store.Dataset {
	a := s.info.Account
	d := store.Dataset{
		RunID: r.id, Dataset: s.spec.Name, Arity: s.info.Arity, Licence: s.info.Licence, SHA256: s.info.Hash,
		Images: int64(len(s.good)), Texts: int64(len(s.texts)), Skipped: int64(len(s.failures)),
		Seen: int64(a.Seen), Used: int64(a.Used), Merged: int64(a.Merged), Ignored: int64(a.Ignored), Overwritten: int64(a.Overwritten), Refused: int64(a.Refused),
	}
	if s.zero != nil {
		d.Classes = int64(len(s.zero.classes))
	}
	if !a.Even() {
		d.Balance = a.String()
	}
	var why []string
	for _, m := range s.info.Suspect {
		d.Suspect += int64(m.Count)
		why = append(why, fmt.Sprintf("%s %d", m.What, m.Count))
	}
	d.SuspectWhy = strings.Join(why, ", ")
	return d
}
