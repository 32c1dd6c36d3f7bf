package scenes

// format is how a scene is stored.
type format struct {
	png, alpha bool
	jpeg       jpegOptions
}

// pickFormat is JPEG for seven scenes of ten, of any quality and sampling that is common on
// the web, some with an EXIF orientation; else PNG, half of it with alpha.
func pickFormat(r *random) format {
	if r.chance(30) {
		return format{png: true, alpha: r.chance(50)}
	}
	f := format{jpeg: jpegOptions{quality: r.between(60, 95), sampling: []sampling{s420, s420, s420, s422, s444}[r.below(5)]}}
	if r.chance(5) {
		f.jpeg.orientation = r.between(2, 8)
	}
	return f
}

func (f format) extension() string {
	if f.png {
		return ".png"
	}
	return ".jpg"
}

// sum is the hash of what a scene shows, in a file of this format.
func (f format) sum(data []byte) ([]byte, error) {
	if f.png {
		return pixelSum(data)
	}
	return jpegSum(data)
}

// encode returns a scene's file and, of a PNG, the sum of its pixels.
func (f format) encode(r *random, c *canvas) (data, sum []byte, err error) {
	if !f.png {
		return encodeJPEG(c, f.jpeg), nil, nil
	}
	if f.alpha {
		c = c.fade(r)
	}
	return encodePNG(c)
}

// fade adds an alpha channel: a vignette, or a zone along the border. The colours stay as
// they are beneath it, so that readers that drop alpha see the scene and those that blend do not.
func (c *canvas) fade(r *random) *canvas {
	alpha := vignette
	if r.chance(50) {
		alpha = border
	}
	at := alpha(r, c.w, c.h)
	out := newCanvas(c.w, c.h, 4)
	i := 0
	for y := range c.h {
		for x := range c.w {
			p, q := c.pix[i*3:i*3+3:i*3+3], out.pix[i*4:i*4+4:i*4+4]
			q[0], q[1], q[2], q[3] = p[0], p[1], p[2], uint8(at(x, y))
			i++
		}
	}
	return out
}

// vignette gets more transparent from halfway to the middle of the sides on outwards.
func vignette(r *random, w, h int) func(x, y int) int {
	depth := r.between(100, 255)
	return func(x, y int) int {
		dx, dy := (2*x-w)*256/w, (2*y-h)*256/h
		far := max(0, dx*dx+dy*dy-one/2) // 65536 is the middle of a side, the corners twice that
		return 255 - min(255, far*depth/(one*3/2))
	}
}

// border is a zone of one alpha along the sides, with a soft edge.
func border(r *random, w, h int) func(x, y int) int {
	wide, low := min(w, h)*r.between(4, 12)/100, r.below(161)
	const edge = 8
	return func(x, y int) int {
		in := min(x, y, w-1-x, h-1-y) - wide
		return low + (255-low)*min(edge, max(0, in))/edge
	}
}
