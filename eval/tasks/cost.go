package tasks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// Cost is the expected cost of tasks.
type Cost struct {
	Items   int     // items times variants
	Seconds float64 // of one core; 0 means that no task has been done in the store yet
	Bytes   uint64  // that the tasks leave in the store; 0 as above
}

// Cost estimates what tasks will take from tasks that are done. It uses this plan's tasks, or else those
// of other plans in the store.
func (p *Plan) Cost(ctx context.Context, s blobstore.Store, todo []Task) (c Cost, err error) {
	for _, t := range todo {
		c.Items += p.items(t)
	}
	done, err := all[Done](ctx, s, root(p.SHA)+"done/")
	if err != nil {
		return c, err
	}
	if len(done) == 0 {
		if done, err = p.others(ctx, s); err != nil {
			return c, err
		}
	}
	items, seconds, bytes := 0, 0.0, int64(0)
	for _, d := range done {
		items, seconds = items+d.Items, seconds+d.CPU
		for _, seg := range d.Segments {
			bytes += seg.Bytes
		}
	}
	if items > 0 {
		c.Seconds = seconds / float64(items) * float64(c.Items)
		c.Bytes = uint64(float64(bytes) / float64(items) * float64(c.Items))
	}
	return c, nil
}

// textChunk is about the number of texts in a chunk. The last chunk has fewer.
const textChunk = 64

func (p *Plan) items(t Task) int {
	n := t.To - t.From
	if t.Kind == KindTexts {
		n = min(n*textChunk, p.Sets[t.Set].Strings)
	}
	return n * len(t.Variants)
}

// others is what tasks of other plans took.
func (p *Plan) others(ctx context.Context, s blobstore.Store) (out []Done, err error) {
	for o, err := range s.List(ctx, "plans/") {
		if err != nil {
			return nil, err
		}
		if dir, _, ok := strings.Cut(o.Name, "/done/"); !ok || strings.HasSuffix(dir, p.SHA) {
			continue
		}
		found, err := all[Done](ctx, s, o.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

const unknown = "not known: no task has been done in this store yet"

// Hours is the expected time as text.
func (c Cost) Hours() string {
	if c.Seconds == 0 {
		return unknown
	}
	return fmt.Sprintf("about %.2f of a core", c.Seconds/3600)
}

// Size is the expected size of the results as text.
func (c Cost) Size() string {
	if c.Bytes == 0 {
		return unknown
	}
	return "about " + humanize.IBytes(c.Bytes)
}

// Shares divides what a task took among its variants, in proportion to the time of their calls. onGPU tells
// whose calls ran on a GPU.
func Shares(d Done, names []string, took map[string]time.Duration, onGPU func(string) bool) map[string]Spent {
	all := 0.0
	for _, t := range took {
		all += t.Seconds()
	}
	out := map[string]Spent{}
	for _, name := range names {
		if all == 0 {
			break // a search, or everything was in the cache
		}
		s := Spent{Items: d.Items / len(names), Core: d.CPU * took[name].Seconds() / all}
		if onGPU(name) {
			s.GPU = took[name].Seconds()
		}
		out[name] = s
	}
	return out
}
