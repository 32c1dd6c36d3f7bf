// Package paired tests differences of scores over the same queries. It tests each variant once over all
// its searches, and then single scores only within a variant that differs. compare, gate and reports take
// their p values from it.
package paired

import (
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// clusters says which queries belong together, in all directions. Queries that ask for one set of labels
// belong together, and so do captions and their pictures.
type clusters struct {
	of   map[clusterKey]int // keys are texts, pictures, and queries without a known item
	next int
}

type clusterKey struct{ dataset, modality, id string }

// clustersOf joins items that share a set of labels, and texts with their pictures.
func clustersOf(items []store.Item) *clusters {
	u := union{at: map[string]int{}}
	for _, x := range items {
		own := node(x.Dataset, x.Modality, x.ID)
		if len(x.Labels) > 0 {
			u.join(own, node(x.Dataset, "labels", store.LabelSet(x.Labels)))
		}
		for _, image := range x.Images {
			u.join(own, node(x.Dataset, "image", image))
		}
		u.find(own)
	}
	out := &clusters{of: make(map[clusterKey]int, len(items))}
	numbers := map[int]int{}
	for _, x := range items {
		root := u.find(node(x.Dataset, x.Modality, x.ID))
		if _, ok := numbers[root]; !ok {
			numbers[root] = len(numbers)
		}
		out.of[clusterKey{x.Dataset, x.Modality, x.ID}] = numbers[root]
	}
	out.next = len(numbers)
	return out
}

// number is the cluster of a query. A query without a known item, such as a class, is a cluster of its
// own.
func (c *clusters) number(key clusterKey) int {
	n, ok := c.of[key]
	if !ok {
		n = c.next
		c.of[key] = n
		c.next++
	}
	return n
}

// modality is the modality of a direction's queries.
func modality(direction string) string {
	if direction == store.TextToImage {
		return "text"
	}
	return "image"
}

// alone tells whether each query of a metric is evidence of its own. That holds for classification, where
// the classes are given and the pictures are the sample.
func alone(metric string) bool {
	return strings.HasPrefix(metric, "acc@") || metric == "mean_per_class_recall"
}

func node(parts ...string) string { return strings.Join(parts, "\x00") }

// union is a union-find structure over names.
type union struct {
	at     map[string]int
	parent []int
}

func (u *union) find(name string) int {
	i, ok := u.at[name]
	if !ok {
		i = len(u.parent)
		u.at[name], u.parent = i, append(u.parent, i)
	}
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

func (u *union) join(a, b string) { u.parent[u.find(a)] = u.find(b) }
