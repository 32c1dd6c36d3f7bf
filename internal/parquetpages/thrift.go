package parquetpages

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// checkThrift checks that a structure is complete: no list or text is longer than the rest.
func checkThrift(data []byte) error {
	t := &walker{in: bufio.NewReader(bytes.NewReader(data)), left: int64(len(data))}
	return t.structure(0)
}

// Types of the compact protocol of Apache Thrift, in which parquet writes its headers.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

// walker skips over values of at most left bytes.
type walker struct {
	in   *bufio.Reader
	left int64
	keep bool
	kept []byte // the bytes that were skipped
}

func (t *walker) byte() (byte, error) {
	if t.left--; t.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	b, err := t.in.ReadByte()
	if t.keep && err == nil {
		t.kept = append(t.kept, b)
	}
	return b, err
}

func (t *walker) skip(n int64) error {
	if n < 0 || n > t.left {
		return io.ErrUnexpectedEOF
	}
	t.left -= n
	if !t.keep {
		_, err := t.in.Discard(int(n))
		return err
	}
	at := len(t.kept)
	t.kept = append(t.kept, make([]byte, n)...)
	_, err := io.ReadFull(t.in, t.kept[at:])
	return err
}

func (t *walker) varint() (v uint64, err error) {
	for shift := 0; shift < 64; shift += 7 {
		b, err := t.byte()
		if err != nil {
			return 0, err
		}
		if v |= uint64(b&0x7f) << shift; b < 0x80 {
			return v, nil
		}
	}
	return 0, errors.New("a number is too long")
}

func (t *walker) structure(depth int) error {
	if depth > 20 {
		return errors.New("nested too deep")
	}
	for {
		b, err := t.byte()
		if err != nil || b == 0 {
			return err
		}
		if b>>4 == 0 { // the field's number is written out
			if _, err := t.varint(); err != nil {
				return err
			}
		}
		if kind := b & 15; kind != thriftTrue && kind != thriftFalse {
			if err := t.pass(kind, depth); err != nil {
				return err
			}
		}
	}
}

func (t *walker) pass(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return t.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := t.varint()
		return err
	case thriftDouble:
		return t.skip(8)
	case thriftUUID:
		return t.skip(16)
	case thriftBinary:
		n, err := t.varint()
		return errors.Join(err, t.skip(int64(n)))
	case thriftStruct:
		return t.structure(depth + 1)
	case thriftList, thriftSet, thriftMap:
		return t.passList(kind, depth+1)
	}
	return fmt.Errorf("a value of the unknown kind %d", kind)
}

func (t *walker) passList(kind byte, depth int) error {
	if depth > 20 {
		return errors.New("nested too deep")
	}
	var n uint64
	var kinds []byte
	b, err := byte(0), error(nil)
	if kind == thriftMap {
		if n, err = t.varint(); n == 0 || err != nil {
			return err
		}
		b, err = t.byte()
		kinds = []byte{b >> 4, b & 15}
	} else {
		b, err = t.byte()
		kinds, n = []byte{b & 15}, uint64(b>>4)
		if n == 15 && err == nil {
			n, err = t.varint()
		}
	}
	for ; n > 0 && err == nil; n-- { // every value has at least one byte, so this ends with the bytes
		for _, k := range kinds {
			if err = t.pass(k, depth); err != nil {
				break
			}
		}
	}
	return err
}
