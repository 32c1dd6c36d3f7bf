package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/eval/tasks"
)

// find finds what kills the children in a piece that cannot be cut any more: a picture, or a variant. It
// tries halves of the piece, first of the items and then of the variants. Trials keep no results.
func (w *worker) find(ctx context.Context, t tasks.Task, why error) (tasks.Crashed, error) {
	var err error
	for t.To-t.From > 1 {
		mid := (t.From + t.To) / 2
		first, second := t, t
		first.To, second.From = mid, mid
		if t, why, err = w.half(ctx, first, second, why); err != nil {
			return tasks.Crashed{}, err
		}
	}
	for len(t.Variants) > 1 {
		mid := len(t.Variants) / 2
		first, second := t, t
		first.Variants, second.Variants = t.Variants[:mid], t.Variants[mid:]
		if t, why, err = w.half(ctx, first, second, why); err != nil {
			return tasks.Crashed{}, err
		}
	}
	reason := fmt.Sprintf("crash: %v", why)
	set, name, err := w.Name(ctx, t, t.From)
	if err != nil {
		return tasks.Crashed{}, err
	}
	whole := t.Kind == tasks.KindTexts // a query is never left out
	if !whole {
		if whole, err = w.whole(ctx, t); err != nil {
			return tasks.Crashed{}, err
		}
	}
	if whole {
		return tasks.Crashed{Set: set, Variant: t.Variants[0], Reason: fmt.Sprintf("%s (at %s)", reason, name)}, nil
	}
	return tasks.Crashed{Set: set, Item: name, Reason: fmt.Sprintf("%s (%s)", reason, t.Variants[0])}, nil
}

// errOnce is the error when a piece died, but neither half of it did.
var errOnce = errors.New("the task died, but its halves did not when they ran alone")

// half finds the half that dies.
func (w *worker) half(ctx context.Context, first, second tasks.Task, why error) (tasks.Task, error, error) {
	for _, t := range []tasks.Task{first, second} {
		_, err := w.tries(ctx, Order{Task: t, Trial: true}, 1)
		if isDead(err) {
			return t, err, nil
		}
		if err != nil {
			return t, nil, err
		}
	}
	return first, nil, fmt.Errorf("%w (%w)", errOnce, why)
}

// whole tells whether the variant dies with another item, too.
func (w *worker) whole(ctx context.Context, t tasks.Task) (bool, error) {
	for _, at := range []int{t.From - 1, t.To} {
		if _, _, err := w.Name(ctx, t, at); err != nil {
			continue // there is no other item
		}
		other := t
		other.From, other.To = at, at+1
		_, err := w.tries(ctx, Order{Task: other, Trial: true}, deaths)
		return isDead(err), unlessDead(err)
	}
	return false, nil
}

func unlessDead(err error) error {
	if isDead(err) {
		return nil
	}
	return err
}
