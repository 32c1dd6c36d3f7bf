package parquetpages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

var errRuns = errors.New("a page whose runs hold more values than its header says")

// checkRuns checks that a page's runs contain no more values than the page claims, because a few bytes of
// runs can stand for millions of values.
func (p piece) checkRuns(data []byte) error {
	values := p.page.values()
	var encoding format.Encoding
	switch {
	case p.page.DataPageHeader.Valid:
		h := p.page.DataPageHeader.V
		encoding = h.Encoding
		for _, l := range []struct {
			most     int
			encoding format.Encoding
		}{{p.leaf.MaxRepetitionLevel, h.RepetitionLevelEncoding}, {p.leaf.MaxDefinitionLevel, h.DefinitionLevelEncoding}} {
			if l.most == 0 {
				continue
			}
			if l.encoding != format.RLE || len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
				return errors.New("a page without whole levels")
			}
			size := 4 + int(binary.LittleEndian.Uint32(data))
			if err := checkHybrid(data[4:size], bits.Len(uint(l.most)), values); err != nil {
				return err
			}
			data = data[size:]
		}
	case p.page.DataPageHeaderV2.Valid:
		encoding = p.page.DataPageHeaderV2.V.Encoding
		repetition, definition, err := p.page.levels()
		if err == nil {
			err = checkHybrid(data[:repetition], bits.Len(uint(p.leaf.MaxRepetitionLevel)), values)
		}
		if err == nil {
			err = checkHybrid(data[repetition:repetition+definition], bits.Len(uint(p.leaf.MaxDefinitionLevel)), values)
		}
		if err != nil {
			return err
		}
		data = data[repetition+definition:]
	default:
		return nil // the values of a dictionary are stored one by one
	}
	return checkValues(encoding, data, values)
}

// plainDictionary is the older name of RLEDictionary, which old writers still use.
const plainDictionary = format.Encoding(2)

func checkValues(encoding format.Encoding, data []byte, values int64) error {
	switch encoding {
	case plainDictionary, format.RLEDictionary:
		if len(data) == 0 {
			return nil
		}
		if data[0] > 32 {
			return errors.New("a page whose places in the dictionary are wider than 32 bits")
		}
		return checkHybrid(data[1:], int(data[0]), values)
	case format.RLE:
		if len(data) < 4 {
			return nil
		}
		return checkHybrid(data[4:], 1, values)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		return checkDelta(data, values)
	case format.DeltaByteArray:
		if err := checkDelta(data, values); err != nil {
			return err
		}
		lengths, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, data)
		if err != nil {
			return err
		}
		total := int64(len(data))
		for _, n := range lengths {
			if total += int64(n); n < 0 || total > maxPage {
				return errors.New("a page whose values share more than 1 GiB")
			}
		}
	}
	return nil
}

// checkHybrid walks runs. A run is a number of equal values, or a multiple of eight packed values.
func checkHybrid(data []byte, width int, values int64) error {
	total := int64(0)
	for len(data) > 0 {
		head, n := binary.Uvarint(data)
		if n <= 0 {
			return errors.New("a page whose runs are cut short")
		}
		data = data[n:]
		size, count := uint64((width+7)/8), head>>1
		if head&1 != 0 {
			size, count = min(count, 1<<40)*uint64(width), min(count, 1<<40)*8
		}
		if total += int64(min(count, 1<<40)); total > values+8*1024 {
			return fmt.Errorf("%w: %d", errRuns, values)
		}
		data = data[min(size, uint64(len(data))):]
	}
	return nil
}

// checkDelta checks the number of values before delta-packed values.
func checkDelta(data []byte, values int64) error {
	for range 2 { // the sizes of blocks
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return errors.New("a page whose runs are cut short")
		}
		data = data[n:]
	}
	if count, n := binary.Uvarint(data); n <= 0 || count > uint64(values) {
		return fmt.Errorf("%w: %d", errRuns, values)
	}
	return nil
}
