package reports

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/prose"
)

// shown is a report as a format prints it: the numbers, the words and the extras.
type shown struct {
	prose.Told
	extras Extras
}

func show(res *store.Results, x Extras) shown { return shown{prose.Tell(res), x} }
