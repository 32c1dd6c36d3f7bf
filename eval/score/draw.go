package score

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/fastclip/fastclip/eval/suite"
)

// Draw is a random sample of n places: so many that they make no more than the suite's number of pairs with the
// items, but at least one. It is nil when all n make no more. Each sample of that size is equally likely. what
// distinguishes the draws of a run.
func Draw(n, items int, of *suite.Suite, what string) []int {
	limit := int(of.PairsLimit())
	some := max(1, limit/max(1, items))
	if some >= n || n*items <= limit {
		return nil
	}
	h := fnv.New64a()
	fmt.Fprint(h, what)
	return slices.Sorted(slices.Values(rand.New(rand.NewPCG(of.Seed, h.Sum64())).Perm(n)[:some]))
}

// draw leaves only a sample of the counted queries when all of them would make more than the suite's number of
// pairs. The bootstrap takes its samples from the drawn queries, so the intervals include the uncertainty of the
// draw.
func (d *search) draw(dataset string, of *suite.Suite) {
	places := Draw(len(d.Counted), len(d.items), of, dataset+"\x00"+d.Direction)
	if places == nil {
		return
	}
	h, all := fnv.New128a(), d.Counted
	d.of, d.Counted = len(all), make([]int, len(places))
	for i, at := range places {
		d.Counted[i] = all[at]
		fmt.Fprintln(h, all[at])
	}
	d.Drawn = fmt.Sprintf(" %d of %d drawn: %x", len(places), d.of, h.Sum(nil))
}
