package scenes

// background fills the picture: plain, a gradient, smooth noise or a texture between two
// colours, half of them muted, some with grain.
func (c *canvas) background(r *random) {
	from, to := colours(r)
	p := newPlane(r, c.w, c.h)
	share := []func(*random, plane) func(u, v int) int{plain, gradient, noise, texture}[r.below(4)](r, p)
	grain := newGrain(r, c.w)
	at := 0
	for y := range c.h {
		u, v := p.start(y)
		if y%grain.size == 0 {
			grain.next(r)
		}
		for x := range c.w {
			f, g := share(u, v), grain.row[x]
			for i := range 3 {
				c.pix[at+i] = uint8(min(255, max(0, (from[i]*(256-f)+to[i]*f+128)>>8+g)))
			}
			u, v, at = u+p.ux, v+p.vx, at+3
		}
	}
}

// colours are any two, or two near grey.
func colours(r *random) (a, b [3]int) {
	muted := r.chance(50)
	for _, c := range []*[3]int{&a, &b} {
		grey := 0
		for i := range c {
			c[i] = r.below(256)
			grey += c[i]
		}
		for i := range c {
			if muted {
				c[i] = (grey + c[i] - grey/3) / 3
			}
		}
	}
	return a, b
}

// plane maps pixels to turned and shifted coordinates. One unit is 10/7 of the short side, because the
// model's training saw 112 of 160 pixels.
type plane struct {
	ux, uy, vx, vy int // a step to the right or down
	u, v           int // of the first pixel
}

func newPlane(r *random, w, h int) plane {
	angle, unit := r.below(turn), min(w, h)*10/7
	p := plane{ux: cosine(angle) / unit, uy: sine(angle) / unit}
	p.vx, p.vy = -p.uy, p.ux
	p.u = r.between(-one*3/20, one*3/20) - w/2*p.ux - h/2*p.uy
	p.v = r.between(-one*3/20, one*3/20) - w/2*p.vx - h/2*p.vy
	return p
}

func (p plane) start(y int) (u, v int) { return p.u + y*p.uy, p.v + y*p.vy }

func plain(*random, plane) func(u, v int) int {
	return func(int, int) int { return 0 }
}

func gradient(*random, plane) func(u, v int) int {
	return func(u, _ int) int { return min(256, max(0, u/256+128)) }
}

func noise(r *random, _ plane) func(u, v int) int { return field(r, r.between(3, 23)) }

// texture is checks, stripes or blobs.
func texture(r *random, _ plane) func(u, v int) int {
	cycles := r.between(3*16, 14*16) // in 16ths
	switch kind := r.below(5); kind {
	case 0, 1:
		return func(u, v int) int { return (u*cycles>>19 ^ v*cycles>>19) & 1 * 256 }
	case 2, 3:
		var wave [turn]int
		for i := range wave {
			wave[i] = (sine(i) + one) * 256 / (2 * one)
		}
		return func(u, _ int) int { return wave[u*cycles>>10&(turn-1)] }
	default:
		smooth := field(r, r.between(4, 16))
		return func(u, v int) int { return min(256, max(0, (smooth(u, v)-128)*8+128)) }
	}
}

// field is random values on a grid of cells to the unit, smooth between them.
func field(r *random, cells int) func(u, v int) int {
	const side = 64 // it repeats beyond, which no picture reaches
	var grid [side * side]int
	for i := range grid {
		grid[i] = r.below(257)
	}
	return func(u, v int) int {
		u, v = u*cells+side/2*one, v*cells+side/2*one
		i, j := u>>16&(side-1), v>>16&(side-1)
		k, l := (i+1)&(side-1), (j+1)&(side-1)
		fu, fv := ease(u>>8&255), ease(v>>8&255)
		top := grid[j*side+i]*(256-fu) + grid[j*side+k]*fu
		low := grid[l*side+i]*(256-fu) + grid[l*side+k]*fu
		return (top*(256-fv) + low*fv) >> 16
	}
}

// ease is 3f^2-2f^3 in 256ths.
func ease(f int) int { return f * f * (768 - 2*f) >> 16 }

// grain is nearly normal noise, the same in all channels, in squares of size pixels.
type grain struct {
	size, sigma int
	row         []int
}

func newGrain(r *random, w int) *grain {
	return &grain{size: 1 << r.below(3), sigma: []int{0, 0, 4, 12}[r.below(4)], row: make([]int, w)}
}

// next draws a row. The sum of eight random bytes has mean 1020 and standard deviation 209.
func (g *grain) next(r *random) {
	if g.sigma == 0 {
		return
	}
	value := 0
	for x := range g.row {
		if x%g.size == 0 {
			n := r.next()
			n = n&0x00ff00ff00ff00ff + n>>8&0x00ff00ff00ff00ff
			sum := int(n * 0x0001000100010001 >> 48)
			value = (sum - 1020) * g.sigma / 209
		}
		g.row[x] = value
	}
}
