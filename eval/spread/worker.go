package spread

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/spool"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Worker searches ranges of queries and compares ranges of texts. It keeps what the next range of the same
// variant needs.
type Worker struct {
	Store   blobstore.Store
	Plan    *tasks.Plan
	Kept    cache.Scope
	Scratch string // folder on this machine
	Alive   func() // called throughout

	list   string // manifest of set
	set    *embed.Set
	ranger *score.Ranger // of set
	rows   [4]rows       // texts and pictures, and then those of the reference
}

// rows holds embeddings in a file on this machine.
type rows struct {
	hash string
	file *spool.Rows
	raw  rank.Raw
}

// Do does a task. Its result goes to the cache.
func (w *Worker) Do(ctx context.Context, t tasks.Task) error {
	done := make(chan struct{})
	defer close(done)
	go w.breathe(done)
	if w.list != t.Manifest {
		var list items
		if err := tasks.GetManifest(ctx, w.Store, t.Manifest, &list); err != nil {
			return err
		}
		w.list, w.set, w.ranger = t.Manifest, list.set(w.Plan.Sets[t.Set].Name), nil
	}
	if err := w.takeAll(w.rows[:2], t.Contents); err != nil {
		return fmt.Errorf("task %s: %w", t.ID, err)
	}
	if t.Kind == tasks.KindDrift {
		if err := w.takeAll(w.rows[2:], t.Reference); err != nil {
			return fmt.Errorf("task %s: reference: %w", t.ID, err)
		}
		return w.compare(ctx, t)
	}
	if w.ranger == nil {
		r, err := score.NewRanger(score.Input{Suite: w.Plan.Suite, Kept: w.Kept}, w.set)
		if err != nil {
			return fmt.Errorf("task %s: %w", t.ID, err)
		}
		w.ranger = r
	}
	return w.ranger.Search(ctx, t.Contents, score.Range{Direction: t.Direction, From: t.From, To: t.To}, w.rows[0].raw, w.rows[1].raw)
}

// breathe signals that the work goes on, because nothing in it can hang.
func (w *Worker) breathe(done <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			w.Alive()
		}
	}
}

// takeAll gets the embeddings of texts and pictures that contents name.
func (w *Worker) takeAll(into []rows, contents []string) error {
	if len(contents) != 1+len(into) {
		return errors.New("it names no embeddings")
	}
	for i, n := range []int{len(w.set.Texts), len(w.set.Good)} {
		if err := w.take(&into[i], contents[1+i], n); err != nil {
			return err
		}
	}
	return nil
}

var errRows = errors.New("the store lacks some embeddings: start eval again")

// take gets the embeddings with a hash. An image tower has none of texts.
func (w *Worker) take(r *rows, hash string, n int) error {
	if r.hash == hash {
		r.file.Rest()
		return nil
	}
	next := rows{hash: hash}
	for from := 0; from < n; from += blockRows {
		data, ok := w.Kept.Cache.Get(blockKey(hash, from/blockRows))
		if !ok && from == 0 {
			break
		}
		e, err := embed.Unmarshal(data)
		if err != nil || e.N != min(blockRows, n-from) {
			return errRows
		}
		if next.file == nil {
			if next.file, err = spool.New(w.Scratch, n, e.Dim); err != nil {
				return err
			}
			next.raw = rank.NewRaw(nil, 0, e.Dim)
		}
		if err := next.file.Put(from, e.Data); err != nil {
			return err
		}
	}
	if next.file != nil {
		_, dim := next.raw.Shape()
		data, err := next.file.Values()
		if err != nil {
			return err
		}
		next.raw = rank.NewRaw(data, n, dim)
	}
	if r.file != nil {
		r.file.Close()
	}
	*r = next
	return nil
}
