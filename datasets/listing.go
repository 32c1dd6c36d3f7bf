package datasets

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// Options are common to all formats.
type Options struct {
	Name string // "" is the file's own name
	// Template is a query with {} for the labels, "a drawing of {}"; "" is Query's text, with
	// articles guessed from the first letter.
	Template string
	// Links takes pictures and folders behind links that leave the folder.
	Links bool

	TextID func(Row) string // of the query for a picture's labels; nil numbers them
}

// Source reads the bytes of a listed picture.
type Source interface {
	Read(ctx context.Context, r Row) ([]byte, error)
	io.Closer
}

// listing is a set that a file lists. A long list is on disk, so memory does not grow with it. With
// captions, these are the texts, in the pictures' order. Without, there is one text for each different set
// of up to three labels, and one for each label of other pictures.
type listing struct {
	info     Info
	textID   func(Row) string
	index    *Index
	source   Source
	captions bool
	labels   *labelTexts
}

// OpenListing lists a set with fill and reads every picture once for the hash. It takes ownership of src.
func OpenListing(ctx context.Context, what string, o Options, src Source, fill func(x *Index) error) (Dataset, error) {
	l := &listing{index: NewIndex(ctx), source: src, textID: o.TextID, info: Info{Name: Printable(o.Name), Licence: "the owner's"}}
	if err := l.open(ctx, o, fill); err != nil {
		return nil, errors.Join(fmt.Errorf("dataset %s: %w", Printable(what), err), l.Close())
	}
	return l, nil
}

func (l *listing) open(ctx context.Context, o Options, fill func(x *Index) error) error {
	var err error
	if l.labels, err = newLabelTexts(o.Template); err != nil {
		return err
	}
	if err := fill(l.index); err != nil {
		return err
	}
	if err := l.index.Finish(); err != nil {
		return err
	}
	l.info.Account, l.info.Classes = l.index.Account, l.index.Classes
	d := NewDigest()
	if err := l.count(ctx, d); err != nil {
		return err
	}
	l.info.Arity = l.labels.arity
	for t, err := range l.Texts(ctx) {
		if err != nil {
			return err
		}
		l.info.Texts++
		d.query(t)
	}
	if l.info.Texts == 0 {
		return errors.New("its pictures have neither labels nor captions")
	}
	d.classes(l.info.Classes)
	l.info.Hash = d.Hex()
	return nil
}

// together is the number of pictures that are read at once for their hashes.
const together = 64

func (l *listing) count(ctx context.Context, d Digest) error {
	var problem error
	var rows []Row
	for r, err := range l.index.Rows(ctx) {
		switch {
		case err != nil:
			return err
		case r.Problem != "" && problem == nil:
			problem = fmt.Errorf("%s: %s", r.Name, r.Problem)
		}
		if r.Problem != "" {
			continue
		}
		if rows = append(rows, r); len(rows) == together {
			l.add(ctx, rows, d)
			rows = rows[:0]
		}
	}
	if l.add(ctx, rows, d); ctx.Err() != nil {
		return ctx.Err()
	}
	if l.info.Images == 0 {
		if len(l.info.Account.Reasons) > 0 {
			return errors.Join(fmt.Errorf("it has no pictures: %s", l.info.Account), problem)
		}
		return errors.New("it has no pictures")
	}
	return nil
}

// add counts pictures in order. It computes their hashes on all cores.
func (l *listing) add(ctx context.Context, rows []Row, d Digest) {
	sums := make([][]byte, len(rows))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, r := range rows {
		g.Go(func() error {
			sums[i] = l.sum(ctx, r)
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	for i, r := range rows {
		l.info.Images++
		l.info.Blank += r.Blank
		l.info.mark(r)
		if r.Unnamed {
			l.info.Unnamed++
		}
		l.captions = l.captions || len(r.Captions) > 0
		id := fmt.Sprintf("text/%06d", len(l.labels.texts))
		if l.textID != nil {
			id = l.textID(r)
		}
		l.labels.add(id, r.Labels)
		d.image(Image{Name: r.Name, Labels: r.Labels, Class: max(0, r.Class)}, sums[i])
	}
}

// sum is nil for a picture that cannot be read. Read gives the reason.
func (l *listing) sum(ctx context.Context, r Row) []byte {
	data, err := l.source.Read(ctx, r)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(data)
	return sum[:]
}

func (l *listing) Info() Info { return l.info }

func (l *listing) Images(ctx context.Context) iter.Seq2[Image, error] {
	return func(yield func(Image, error) bool) {
		for r, err := range l.index.Rows(ctx) {
			im := Image{ID: r.Name, Name: r.Name, Labels: r.Labels, Class: max(0, r.Class), Read: func(ctx context.Context) ([]byte, error) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				return l.source.Read(ctx, r)
			}}
			if at, ok := l.source.(interface{ Whereabouts(r Row) Range }); ok {
				im.Where = at.Whereabouts(r)
			}
			if err == nil && r.Problem != "" {
				err = errors.New(r.Problem)
			}
			if err != nil {
				im = Image{Name: r.Name}
			}
			if !yield(im, err) {
				return
			}
		}
	}
}

func (l *listing) Texts(ctx context.Context) iter.Seq2[Text, error] {
	if !l.captions {
		return Each(ctx, len(l.labels.texts), func(i int) Text { return l.labels.texts[i] })
	}
	return func(yield func(Text, error) bool) {
		for r, err := range l.index.Rows(ctx) {
			if err != nil {
				yield(Text{}, err)
				return
			}
			for i, c := range r.Captions {
				if !yield(Text{ID: r.Name + "#" + strconv.Itoa(i), Text: c, Images: []string{r.Name}}, nil) {
					return
				}
			}
		}
	}
}

func (l *listing) Close() error { return errors.Join(l.index.Close(), l.source.Close()) }
