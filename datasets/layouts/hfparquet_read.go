package layouts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/fastclip/fastclip/datasets"
	"github.com/parquet-go/parquet-go"
)

// parquets reads pictures from their files. It keeps the pages around the last picture, because pictures are mostly read in order.
type parquets struct {
	sharded
	columns Columns
	where   datasets.Where
	classes []string // replace those in the files

	mu   sync.Mutex
	open *parquetShard
	// The position of the open shard's reader.
	pages parquet.Pages
	group int
	next  int64 // next row of the group
	held  []heldPage
}

func (p *parquets) Read(_ context.Context, r datasets.Row) (data []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("a damaged parquet file: %v", caught)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %s: %w", p.files[r.Place.File], r.Name, err), p.drop())
		}
	}()
	want := r.Place
	has := func(h heldPage) bool { return h.has(want) }
	at := slices.IndexFunc(p.held, has)
	for ; at < 0; at = slices.IndexFunc(p.held, has) {
		if err := p.advance(want); err != nil {
			return nil, err
		}
	}
	data = p.held[at].rows[want.At-p.held[at].first]
	if len(data) == 0 {
		return nil, errors.New("the file does not contain its bytes")
	}
	return slices.Clone(data), nil
}

// advance reads the next page, or the page with the picture.
func (p *parquets) advance(want datasets.Extent) error {
	if p.open == nil || p.open.number != want.File {
		held := p.held
		if err := p.drop(); err != nil {
			return err
		}
		p.held = held
		s, err := p.openShard(want.File)
		if err != nil {
			return err
		}
		p.open = s
	}
	if group := int(want.Size); p.pages == nil || p.group != group || p.next > want.At {
		if p.pages != nil {
			p.pages.Close()
		}
		p.pages = p.open.file.RowGroups()[group].ColumnChunks()[p.open.bytes].Pages()
		p.group, p.next = group, want.At
		if err := p.pages.SeekToRow(want.At); err != nil {
			return err
		}
	}
	page, err := p.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	rows, err := pageBytes(page) // not released, because the rows share its memory
	if err != nil {
		return err
	}
	p.hold(heldPage{file: want.File, group: p.group, first: p.next, rows: rows})
	p.next += int64(len(rows))
	return nil
}

func (p *parquets) drop() error {
	var errs []error
	if p.pages != nil {
		errs = append(errs, p.pages.Close())
	}
	if p.open != nil {
		errs = append(errs, p.open.in.Close())
	}
	p.open, p.pages, p.held = nil, nil, nil
	return errors.Join(errs...)
}

func (p *parquets) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drop()
}
