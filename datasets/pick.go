package datasets

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
)

// Pick chooses count pictures of a set that have exactly the given number of labels. It uses all labels about
// equally often, as far as the set allows. The same seed chooses the same pictures, whatever their order in the
// set. Items that cannot be listed are skipped.
func Pick(ctx context.Context, ds Dataset, labels, count int, seed uint64) ([]Image, error) {
	if labels < 1 || count < 1 {
		return nil, fmt.Errorf("%d pictures of %d labels: want at least 1 of both", count, labels)
	}
	p := picker{uses: map[string]int{}, by: map[string][]candidate{}}
	total := 0
	for im, err := range ds.Images(ctx) {
		if stop := ctx.Err(); stop != nil {
			return nil, stop
		}
		if err == nil && len(im.Labels) == labels {
			p.add(im, seed)
			total++
		}
	}
	if total < count {
		return nil, fmt.Errorf("%s has %d pictures of exactly %d labels, fewer than %d", ds.Info().Name, total, labels, count)
	}
	p.sort()
	var out []Image
	for range count {
		out = append(out, p.next())
	}
	return out, nil
}

type candidate struct {
	image Image
	place uint64 // by chance, but the same for the same seed and picture
	taken *bool
}

type picker struct {
	labels []string
	uses   map[string]int
	by     map[string][]candidate
}

func (p *picker) add(im Image, seed uint64) {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, seed))
	h.Write([]byte(im.ID))
	c := candidate{im, spread(h.Sum64()), new(bool)}
	for _, l := range im.Labels {
		if p.by[l] == nil {
			p.labels = append(p.labels, l)
		}
		p.by[l] = append(p.by[l], c)
	}
}

// spread spreads a change in the last bytes over all bits (the finaliser of SplitMix64).
func spread(v uint64) uint64 {
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

func (p *picker) sort() {
	slices.Sort(p.labels)
	for _, list := range p.by {
		slices.SortFunc(list, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.image.ID, b.image.ID))
		})
	}
}

// next takes a picture with the least used label that still has pictures. Among these it takes the one
// whose labels are used least.
func (p *picker) next() Image {
	var best candidate
	least := -1
	for _, l := range p.labels {
		p.by[l] = slices.DeleteFunc(p.by[l], func(c candidate) bool { return *c.taken })
		if len(p.by[l]) == 0 || least >= 0 && p.uses[l] >= least {
			continue
		}
		least = p.uses[l]
		best = slices.MinFunc(p.by[l], func(a, b candidate) int { return p.sum(a) - p.sum(b) })
	}
	*best.taken = true
	for _, l := range best.image.Labels {
		p.uses[l]++
	}
	return best.image
}

func (p *picker) sum(c candidate) (n int) {
	for _, l := range c.image.Labels {
		n += p.uses[l]
	}
	return n
}
