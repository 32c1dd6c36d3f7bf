package layouts

import (
	"errors"
	"io"
	"slices"

	"github.com/fastclip/fastclip/datasets"
	"github.com/parquet-go/parquet-go"
)

// heldBytes limits the pages in memory. Several readers ask for pictures nearly in order, and stepping back would mean reading a row group from its start.
const heldBytes = 32 << 20

// heldPage has the pictures of one page.
type heldPage struct {
	file, group int
	first       int64
	rows        [][]byte
	bytes       int
}

func (h heldPage) has(want datasets.Extent) bool {
	return h.file == want.File && h.group == int(want.Size) && want.At >= h.first && want.At < h.first+int64(len(h.rows))
}

// hold keeps a page and drops the oldest ones.
func (p *parquets) hold(page heldPage) {
	for _, data := range page.rows {
		page.bytes += len(data)
	}
	p.held = append(p.held, page)
	total := 0
	for i, h := range slices.Backward(p.held) {
		if total += h.bytes + 64*len(h.rows); total > heldBytes && i < len(p.held)-1 {
			p.held = slices.Delete(p.held, 0, i+1)
			break
		}
	}
}

// pageBytes returns a page's values. Some writers make pages of 100 MB, so values are only copied from dictionaries, whose memory ends with their column;
// each value is copied once.
func pageBytes(page parquet.Page) (rows [][]byte, err error) {
	copies := map[*byte][]byte{}
	buffer := make([]parquet.Value, 64)
	for in := page.Values(); ; {
		n, err := in.ReadValues(buffer)
		for _, v := range buffer[:n] {
			if v.RepetitionLevel() != 0 || !v.IsNull() && v.Kind() != parquet.ByteArray {
				return nil, errors.New("its column holds no pictures")
			}
			if v.IsNull() {
				rows = append(rows, nil)
				continue
			}
			data := v.ByteArray()
			if page.Dictionary() != nil && len(data) > 0 {
				if copies[&data[0]] == nil {
					copies[&data[0]] = slices.Clone(data)
				}
				data = copies[&data[0]]
			}
			rows = append(rows, data)
		}
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
	}
}
