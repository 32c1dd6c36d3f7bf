package datasets

import (
	"bufio"
	"fmt"
	"io"
)

// Limits on what a parquet file may say of itself; the library believes and allocates it.
const (
	maxFooter     = 64 << 20
	maxHeader     = 1 << 20
	maxPage       = 1 << 30 // bytes
	maxPageValues = 16 << 20
)

// checkPages walks the page headers of a column chunk that lies at the offset, and refuses
// what the chunk cannot hold. The pages themselves are passed over.
func checkPages(r io.ReaderAt, at, size int64) error {
	if at < 0 || size < 0 {
		return fmt.Errorf("a column of %d bytes at %d", size, at)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(r, at, size), 512)
	for left := size; left > 0; {
		t := &thrift{in: in, left: min(left, maxHeader)}
		begin := t.left
		var packed, whole, values int64
		err := t.structure(0, func(id int64, kind byte) (bool, error) {
			var err error
			switch {
			case id == 2 && kind == thriftI32:
				whole, err = t.zigzag()
			case id == 3 && kind == thriftI32:
				packed, err = t.zigzag()
			case (id == 5 || id == 7 || id == 8) && kind == thriftStruct:
				err = t.structure(1, func(id int64, kind byte) (bool, error) {
					if id != 1 || kind != thriftI32 {
						return false, nil
					}
					values, err = t.zigzag()
					return true, err
				})
			default:
				return false, nil
			}
			return true, err
		})
		if err != nil {
			return fmt.Errorf("a damaged page header: %w", err)
		}
		left -= begin - t.left
		if packed < 0 || packed > left || whole < 0 || whole > maxPage || values < 0 || values > maxPageValues {
			return fmt.Errorf("a page of %d bytes, %d unpacked, and %d values where %d bytes are left: over the limits", packed, whole, values, left)
		}
		// Past a long page without reading it: the section is read anew from there.
		left -= packed
		in.Reset(io.NewSectionReader(r, at+size-left, left))
	}
	return nil
}
