package facts

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
)

// condition holds the timings of one batch size and one number of threads.
type condition struct {
	name string
	rows []store.Timing
}

// byCondition separates what a bench measured of one variant with several batch sizes or numbers of
// threads. A suite runs each variant in one way, so its timings stay together.
func byCondition(rows []store.Timing) []condition {
	type key struct{ batch, threads int64 }
	of := map[string]key{}
	several := false
	for _, x := range rows {
		if x.Phase != "encode" && x.Phase != "index" {
			continue // phases before the model have a batch size of their own
		}
		k := key{x.Batch, x.Threads}
		if had, ok := of[x.Variant+"\x00"+x.Phase]; ok && had != k {
			several = true
			break
		}
		of[x.Variant+"\x00"+x.Phase] = k
	}
	if !several {
		return []condition{{rows: rows}}
	}
	at := map[key]int{}
	var out []condition
	for _, x := range rows {
		k := key{x.Batch, x.Threads}
		i, ok := at[k]
		if !ok {
			i = len(out)
			name := fmt.Sprintf("batch %d", x.Batch)
			if x.Threads > 0 {
				name += fmt.Sprintf(", threads %d", x.Threads)
			}
			at[k], out = i, append(out, condition{name: name})
		}
		out[i].rows = append(out[i].rows, x)
	}
	return out
}
