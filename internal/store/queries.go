package store

import (
	"io"
	"iter"

	"golang.org/x/sync/errgroup"
)

// WriteQueries is Write for the rows of all sequences, one after the other. They are never all in memory: a goroutine
// produces them shortly before they are written. Two goroutines encode columns.
func WriteQueries(path string, rows ...iter.Seq[Query]) error {
	return writeAtomic(path, func(w io.Writer) error {
		full, free, stop := make(chan []Query), make(chan []Query, batchesHeld), make(chan struct{})
		for range batchesHeld {
			free <- make([]Query, 0, batchRows)
		}
		go func() {
			defer close(full)
			batches(rows, full, free, stop)
		}()
		defer func() { // do not leave the producer of rows behind
			close(stop)
			for range full {
			}
		}()
		file := joined{out: w}
		for more := true; more; {
			parts := queryParts()
			for n := 0; n < groupRows && more; n += batchRows {
				var batch []Query
				if batch, more = <-full; !more {
					break
				}
				if err := both(parts, func(p part) error { return p.write(batch) }); err != nil {
					return err
				}
				free <- batch
			}
			if err := both(parts, part.end); err != nil {
				return err
			}
			if err := file.add(parts); err != nil {
				return err
			}
		}
		return file.end()
	})
}

// The number of batches, and of rows per batch, that WriteQueries holds. A row group has whole batches.
const batchesHeld, batchRows = 3, groupRows / 32

// both does something with all parts at once.
func both(parts []part, do func(part) error) error {
	var all errgroup.Group
	for _, p := range parts {
		all.Go(func() error { return do(p) })
	}
	return all.Wait()
}

// batches sends rows to full until stop is closed. It takes the slices for them from free.
func batches[T any](rows []iter.Seq[T], full chan<- []T, free <-chan []T, stop <-chan struct{}) {
	held := (<-free)[:0]
	send := func() bool {
		select {
		case full <- held:
		case <-stop:
			return false
		}
		select {
		case held = <-free:
			held = held[:0]
			return true
		case <-stop:
			return false
		}
	}
	for _, seq := range rows {
		for row := range seq {
			if held = append(held, row); len(held) == batchRows && !send() {
				return
			}
		}
	}
	send()
}
