package reports

import "github.com/fastclip/fastclip/internal/store"

// shown is a report as a format prints it: the numbers, the words and what stands beside them.
type shown struct {
	told
	extras Extras
}

func show(res *store.Results, x Extras) shown { return shown{tell(res), x} }
