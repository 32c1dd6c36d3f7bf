package raster

import (
	"errors"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

var errBrokenGIF = errors.New("broken data stream")

// lzwMost is how many codes there can be: they have 12 bits at most.
const lzwMost = 1 << 12

// LZW undoes GIF's LZW into one slice of pixels. The string of a code always occurs in the pixels already: it is
// what the code before it stood for, plus the next pixel. A code is therefore stored as the position and the
// length of its string. This also works for a code that is used in the very step that makes it: its last pixel is
// its own first one, and a copy from front to back has written that in time.
type LZW struct {
	at, n [lzwMost]int32
	frame []byte // pixels that do not lie in the picture as they come
}

// decode fills out with symbols of so many bits. It takes and refuses what Pillow does: a frame ends
// where it is full, and the end's code, or a block that is not there in full, before that is an error.
func (z *LZW) decode(out []byte, bits int, blocks []byte) error {
	if bits > 12 {
		return errBrokenGIF
	}
	codes, first := gifCodes{blocks: blocks}, 1<<bits // the first code that is no symbol
	size, next, fresh := bits+1, first+2, true        // fresh: no symbol yet since the last clear
	for at := 0; at < len(out); {
		c, err := codes.next(size)
		switch {
		case err != nil:
			return err
		case c == first: // clear
			size, next, fresh = bits+1, first+2, true
			continue
		case c == first+1: // end
			return ErrTruncated
		case c > next, fresh && c > first:
			return errBrokenGIF
		}
		if !fresh && next < lzwMost { // the code that the step before began is whole now
			if next == 1<<size-1 && size < 12 {
				size++
			}
			next++
		}
		n := 1
		if c < first {
			out[at] = byte(c)
		} else {
			n = z.repeat(out, at, c)
		}
		if next < lzwMost {
			z.at[next], z.n[next] = int32(at), int32(n+1)
		}
		at, fresh = at+n, false
	}
	return nil
}

// repeat writes the string of code c to out from at on, and returns how much of it had room.
func (z *LZW) repeat(out []byte, at, c int) int {
	from, n := int(z.at[c]), min(int(z.n[c]), len(out)-at)
	for i := copy(out[at:at+n], out[from:at]); i < n; i++ {
		out[at+i] = out[from+i]
	}
	return n
}

// gifCodes reads codes out of a file's blocks: a length, then as many bytes.
type gifCodes struct {
	blocks, block []byte
	bits, have    int
}

func (c *gifCodes) next(size int) (int, error) {
	for c.have < size {
		for len(c.block) == 0 {
			if len(c.blocks) == 0 || len(c.blocks) <= int(c.blocks[0]) {
				return 0, ErrTruncated
			}
			n := 1 + int(c.blocks[0])
			c.block, c.blocks = c.blocks[1:n], c.blocks[n:]
		}
		c.bits |= int(c.block[0]) << c.have
		c.block, c.have = c.block[1:], c.have+8
	}
	v := c.bits & (1<<size - 1)
	c.bits, c.have = c.bits>>size, c.have-size
	return v, nil
}

// decode fills the frame's part of the canvas.
func (f *gifFrame) decode(p *picture.Picture, z *LZW) error {
	w, h := f.x1-f.x0, f.y1-f.y0
	if w == p.W && h == p.H && !f.interlaced {
		return z.decode(p.Pix, f.bits, f.codes)
	}
	z.frame = slices.Grow(z.frame[:0], w*h)[:w*h]
	if err := z.decode(z.frame, f.bits, f.codes); err != nil {
		return err
	}
	line := 0
	for _, pass := range f.passes() {
		for y := pass[0]; y < h; y += pass[1] {
			copy(p.Row(f.y0 + y)[f.x0:], z.frame[line*w:(line+1)*w])
			line++
		}
	}
	return nil
}

// passes are the first row and the step of each, in the order of the file.
func (f *gifFrame) passes() [][2]int {
	if f.interlaced {
		return gifInterlaced[:]
	}
	return gifInOrder[:]
}

var (
	gifInOrder    = [1][2]int{{0, 1}}
	gifInterlaced = [4][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
)
