package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// An encoded AbsDiff is little endian. It starts with magic, n, nan, sum, err and max (8 bytes each). For
// every bucket in use follow two uvarints: its distance from the bucket before (the first one's from -1),
// and its count. The CRC-32C of everything before comes last.
const (
	magic     = "absdiff1"
	headerLen = len(magic) + 5*8
	crcLen    = 4
)

// ErrEncoding is the error that UnmarshalBinary wraps.
var ErrEncoding = errors.New("not an encoded difference summary: compute it again")

// MarshalBinary encodes the summary in a few KiB at most. It never fails.
func (d *AbsDiff) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, 4096), magic...)
	for _, v := range []uint64{uint64(d.n), uint64(d.nan), math.Float64bits(d.sum), math.Float64bits(d.err), math.Float64bits(d.max)} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	if d.counts != nil {
		last := -1
		for i, n := range d.counts {
			if n > 0 {
				b = binary.AppendUvarint(b, uint64(i-last))
				b = binary.AppendUvarint(b, uint64(n))
				last = i
			}
		}
	}
	return binary.LittleEndian.AppendUint32(b, checksum(b)), nil
}

// UnmarshalBinary replaces the summary by an encoded one. When MarshalBinary cannot have made the bytes,
// the error wraps ErrEncoding and the summary does not change.
func (d *AbsDiff) UnmarshalBinary(data []byte) error {
	if len(data) < headerLen+crcLen {
		return fmt.Errorf("%d bytes: %w", len(data), ErrEncoding)
	}
	body, crc := data[:len(data)-crcLen], data[len(data)-crcLen:]
	if string(body[:len(magic)]) != magic {
		return fmt.Errorf("starts with %q: %w", body[:len(magic)], ErrEncoding)
	}
	if binary.LittleEndian.Uint32(crc) != checksum(body) {
		return fmt.Errorf("wrong checksum: %w", ErrEncoding)
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(body[len(magic)+8*i:]) }
	read := AbsDiff{
		n: int64(word(0)), nan: int64(word(1)),
		sum: math.Float64frombits(word(2)), err: math.Float64frombits(word(3)), max: math.Float64frombits(word(4)),
	}
	if err := read.unmarshalCounts(body[headerLen:]); err != nil {
		return err
	}
	if err := read.check(); err != nil {
		return err
	}
	*d = read
	return nil
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// unmarshalCounts reads the buckets. Their counts must add up to n.
func (d *AbsDiff) unmarshalCounts(b []byte) error {
	d.counts = new([buckets]int64)
	left := d.n
	for at := -1; len(b) > 0; {
		gap, used := binary.Uvarint(b)
		if used <= 0 || gap == 0 || gap > uint64(bucketOdd-at) {
			return fmt.Errorf("no bucket after bucket %d: %w", at, ErrEncoding)
		}
		at += int(gap)
		b = b[used:]
		n, used := binary.Uvarint(b)
		if used <= 0 || n == 0 || left < 0 || n > uint64(left) {
			return fmt.Errorf("no count of bucket %d: %w", at, ErrEncoding)
		}
		d.counts[at] = int64(n)
		left -= int64(n)
		b = b[used:]
	}
	if left != 0 {
		return fmt.Errorf("%d of %d differences are in no bucket: %w", left, d.n, ErrEncoding)
	}
	return nil
}

// check compares the sums with the buckets.
func (d *AbsDiff) check() error {
	last := bucketOdd - 1
	for last > bucketZero && d.counts[last] == 0 {
		last--
	}
	finite := float64(d.n - d.counts[bucketOdd])
	switch {
	case d.nan < 0 || d.nan > d.counts[bucketOdd]:
		return fmt.Errorf("%d NaN among %d odd values: %w", d.nan, d.counts[bucketOdd], ErrEncoding)
	case math.Signbit(d.max) || bucket(d.max) != last:
		return fmt.Errorf("greatest difference %g is not in bucket %d: %w", d.max, last, ErrEncoding)
	case !(d.sum >= 0 && math.Abs(d.err) <= d.sum && d.sum+d.err <= finite*d.max*(1+1e-9)):
		return fmt.Errorf("sum %g (error %g) of %g differences up to %g: %w", d.sum, d.err, finite, d.max, ErrEncoding)
	}
	return nil
}
