package datasets

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// checkThrift sees that a structure is whole: no list or text is longer than the rest of it.
func checkThrift(r io.Reader, size int64) error {
	t := &thrift{in: bufio.NewReader(r), left: size}
	return t.structure(0, func(int64, byte) (bool, error) { return false, nil })
}

// Kinds of the compact protocol of Apache Thrift, in which parquet writes its headers.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
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

// thrift passes over values of which no more than left bytes are there.
type thrift struct {
	in   *bufio.Reader
	left int64
}

func (t *thrift) byte() (byte, error) {
	if t.left--; t.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return t.in.ReadByte()
}

func (t *thrift) skip(n int64) error {
	if n < 0 || n > t.left {
		return io.ErrUnexpectedEOF
	}
	t.left -= n
	_, err := t.in.Discard(int(n))
	return err
}

func (t *thrift) varint() (v uint64, err error) {
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

func (t *thrift) zigzag() (int64, error) {
	v, err := t.varint()
	return int64(v>>1) ^ -int64(v&1), err
}

// structure hands each field to use, and passes over those that it does not take.
func (t *thrift) structure(depth int, use func(id int64, kind byte) (bool, error)) error {
	if depth > 20 {
		return errors.New("nested too deep")
	}
	for id := int64(0); ; {
		b, err := t.byte()
		if err != nil || b == 0 {
			return err
		}
		if delta := int64(b >> 4); delta != 0 {
			id += delta
		} else if id, err = t.zigzag(); err != nil {
			return err
		}
		used, err := use(id, b&15)
		if err == nil && !used && b&15 != thriftTrue && b&15 != thriftFalse {
			err = t.pass(b&15, depth)
		}
		if err != nil {
			return err
		}
	}
}

func (t *thrift) pass(kind byte, depth int) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return t.skip(1)
	case 4, thriftI32, thriftI64:
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
		return t.structure(depth+1, func(int64, byte) (bool, error) { return false, nil })
	case thriftList, thriftSet, thriftMap:
		return t.passList(kind, depth+1)
	}
	return fmt.Errorf("a value of the unknown kind %d", kind)
}

func (t *thrift) passList(kind byte, depth int) error {
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
	for ; n > 0 && err == nil; n-- { // every value has a byte at least, so this ends with the bytes
		for _, k := range kinds {
			if err = t.pass(k, depth); err != nil {
				break
			}
		}
	}
	return err
}
