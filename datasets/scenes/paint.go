package scenes

// canvas is a picture of interleaved 8-bit channels: 3 for RGB, 4 for RGBA (not premultiplied).
type canvas struct {
	w, h, channels int
	pix            []byte
}

func newCanvas(w, h, channels int) *canvas {
	return &canvas{w, h, channels, make([]byte, w*h*channels)}
}

// pickSize is one of the four sizes of scenes.
func pickSize(r *random) (w, h int) {
	size := [][2]int{{640, 480}, {480, 640}, {480, 480}, {560, 420}}[r.below(4)]
	return size[0], size[1]
}

// paint draws the objects on a background.
func paint(r *random, w, h int, labels []int, cells []cutout) *canvas {
	c := newCanvas(w, h, 3)
	spots := layout(r, w, h, len(labels))
	c.background(r)
	for i, s := range spots {
		c.paste(cells[labels[i]], s)
	}
	return c
}

// paste draws a cut-out. Each pixel of the box reads its place in the cut-out, bilinear between
// premultiplied pixels. Places are in fixed point, 65536 per pixel.
func (c *canvas) paste(cut cutout, s spot) {
	cos, sin := cosine(s.angle), sine(s.angle)
	// A step to the right or down in the picture, as a step in the cut-out.
	ux, uy := cos*cut.side/s.wide, sin*cut.side/s.wide
	vx, vy := -sin*cut.side/s.side, cos*cut.side/s.side
	if s.mirror {
		ux, uy = -ux, -uy
	}
	stride := cut.side + 2
	limit := (cut.side + 1) * one
	middle := cut.side*one/2 + one/2 // of the cut-out, margin and half a pixel counted
	x0, x1 := max(0, s.left()), min(c.w, s.left()+s.w)
	for y := max(0, s.top()); y < min(c.h, s.top()+s.h); y++ {
		dx, dy := 2*(x0-s.x)+1, 2*(y-s.y)+1 // from the centre, in half pixels
		u := middle + (dx*ux+dy*uy)/2
		v := middle + (dx*vx+dy*vy)/2
		at := (y*c.w + x0) * c.channels
		for x := x0; x < x1; x++ {
			if uint(u) < uint(limit) && uint(v) < uint(limit) {
				i := v/one*stride + u/one
				blend(c.pix[at:at+3:at+3], mix4(cut.pix[i], cut.pix[i+1], cut.pix[i+stride], cut.pix[i+stride+1], uint32(u>>8&255), uint32(v>>8&255)))
			}
			u, v, at = u+ux, v+vx, at+3
		}
	}
}

// blend lays a premultiplied pixel over an opaque one.
func blend(under []byte, p uint32) {
	alpha := p >> 24
	if alpha == 0 {
		return
	}
	rest := 255 - alpha
	for i := range under {
		under[i] = uint8(min(255, p&255+over255(uint32(under[i])*rest)))
		p >>= 8
	}
}

// mix4 is bilinear between four pixels; fu and fv are in 256ths.
func mix4(a, b, c, d, fu, fv uint32) uint32 {
	if a|b|c|d == 0 {
		return 0
	}
	return mix(mix(a, b, fu), mix(c, d, fu), fv)
}

// mix goes from a to b in 256 steps, two channels at a time.
func mix(a, b, f uint32) uint32 {
	const pair, half = 0x00ff00ff, 0x00800080
	even := ((a&pair)*(256-f) + (b&pair)*f + half) >> 8 & pair
	odd := ((a>>8&pair)*(256-f) + (b>>8&pair)*f + half) &^ pair
	return even | odd
}
