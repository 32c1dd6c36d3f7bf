package preprocess

import "errors"

var errBrokenGIF = errors.New("broken data stream")

const lzwTable = 1 << 12

// lzw is the state of Pillow's GifDecode.c, which takes some broken files and refuses others.
type lzw struct {
	codes        []byte // blocks: a length, then as many bytes
	left         int    // bytes of this block
	buffer, have int    // bits, and how many
	bits, size   int    // of a symbol and of a code
	next         int    // the code that is added next
	started      bool   // a code has come since the last clear
	last         int    // code
	first        byte   // symbol of its string
	data         [lzwTable]byte
	link         [lzwTable]int
	out          [lzwTable + 1]byte
}

// begin makes z ready for the codes of symbols of so many bits.
func (z *lzw) begin(bits int, codes []byte) error {
	if bits > 12 {
		return errBrokenGIF
	}
	z.codes, z.left, z.buffer, z.have, z.bits, z.last, z.first = codes, 0, 0, 0, bits, 0, 0
	z.data, z.link = [lzwTable]byte{}, [lzwTable]int{}
	z.restart()
	return nil
}

func (z *lzw) restart() { z.next, z.size, z.started = 1<<z.bits+2, z.bits+1, false }

// code is the next code. A block that is not there in full is a truncated file.
func (z *lzw) code() (int, error) {
	for z.have < z.size {
		if z.left == 0 {
			if len(z.codes) == 0 || len(z.codes) < int(z.codes[0])+1 {
				return 0, errTruncated
			}
			z.left, z.codes = int(z.codes[0]), z.codes[1:]
			continue
		}
		z.buffer |= int(z.codes[0]) << z.have
		z.have += 8
		z.left, z.codes = z.left-1, z.codes[1:]
	}
	c := z.buffer & (1<<z.size - 1)
	z.buffer >>= z.size
	z.have -= z.size
	return c, nil
}

// symbols are the next ones, until the next call. An end before the picture is full is one of
// a truncated file.
func (z *lzw) symbols() ([]byte, error) {
	for {
		c, err := z.code()
		switch {
		case err != nil:
			return nil, err
		case c == 1<<z.bits:
			z.restart()
		case c == 1<<z.bits+1:
			return nil, errTruncated
		default:
			return z.expand(c)
		}
	}
}

// expand is the string of code c.
func (z *lzw) expand(c int) ([]byte, error) {
	clear, at := 1<<z.bits, len(z.out)
	if !z.started {
		if c > clear {
			return nil, errBrokenGIF
		}
		z.started, z.last, z.first = true, c, byte(c)
		z.out[at-1] = byte(c)
		return z.out[at-1:], nil
	}
	if c > z.next {
		return nil, errBrokenGIF
	}
	this := c
	if c == z.next { // the string before, and its first symbol again
		at--
		z.out[at] = z.first
		c = z.last
	}
	for c >= clear {
		if at <= 1 || c >= lzwTable {
			return nil, errBrokenGIF
		}
		at--
		z.out[at] = z.data[c]
		c = z.link[c]
	}
	z.add(byte(c))
	z.last, z.first = this, byte(c)
	at--
	z.out[at] = byte(c)
	return z.out[at:], nil
}

// add makes a code of the string before and the symbol that follows it.
func (z *lzw) add(symbol byte) {
	if z.next >= lzwTable {
		return
	}
	z.data[z.next], z.link[z.next] = symbol, z.last
	if z.next == 1<<z.size-1 && z.size < 12 {
		z.size++
	}
	z.next++
}

// decode fills the frame's part of the canvas.
func (f *gifFrame) decode(p *Picture, z *lzw) error {
	if err := z.begin(f.bits, f.codes); err != nil {
		return err
	}
	defer func() { z.codes = nil }() // the file
	w, x := f.x1-f.x0, 0
	rows := gifRows{h: f.y1 - f.y0, step: 1}
	if f.interlaced {
		rows.step = 8
	}
	for rows.y < rows.h {
		s, err := z.symbols()
		if err != nil {
			return err
		}
		for len(s) > 0 && rows.y < rows.h {
			at := (f.y0+rows.y)*p.W + f.x0
			n := copy(p.Pix[at+x:at+w], s)
			if x, s = x+n, s[n:]; x == w {
				x = 0
				rows.next()
			}
		}
	}
	return nil
}

// gifRows goes through h rows in the order of the file: y is the row, h or more after the last.
type gifRows struct {
	h, y, step int
	pass       int // of an interlaced picture's four
}

func (r *gifRows) next() {
	r.y += r.step
	for r.step > 1 && r.y >= r.h && r.pass < 3 { // from 0 by 8, from 4 by 8, from 2 by 4, from 1 by 2
		r.pass++
		r.y = 8 >> r.pass
		r.step = 2 * r.y
	}
}
