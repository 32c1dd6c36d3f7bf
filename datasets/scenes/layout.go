package scenes

// spot is where an object is: a cut-out scaled to wide by side pixels and turned about its centre.
type spot struct {
	x, y       int // the centre
	side, wide int // height and width before turning
	angle      int // in 1024ths of a turn
	mirror     bool
	w, h       int // the box that holds it after turning
}

func (s spot) left() int { return s.x - s.w/2 }
func (s spot) top() int  { return s.y - s.h/2 }

// sizes are an object's side in percent of the picture's short side, by number of objects:
// those that the default model was trained on, nearly.
var sizes = [4][2]int{1: {30, 90}, 2: {25, 60}, 3: {21, 46}}

// offCentre is the percentage of scenes with two or three objects of which one may lie
// anywhere, so that a centre crop can cut it off.
const offCentre = 10

// layout places k objects inside the centre square, overlapping by less than a quarter of
// the smaller one's box.
func layout(r *random, w, h, k int) []spot {
	stray := -1
	if k > 1 && r.chance(offCentre) {
		stray = r.below(k)
	}
	high := sizes[k][1]
	for try := 1; ; try++ {
		spots := make([]spot, k)
		for i := range spots {
			spots[i] = place(r, w, h, sizes[k][0], high, i == stray)
		}
		if apart(spots) {
			return spots
		}
		// Smaller objects fit in the end: three boxes of a quarter of the side always do.
		if try%20 == 0 {
			high = max(sizes[k][0], high*9/10)
		}
	}
}

func place(r *random, w, h, low, high int, anywhere bool) spot {
	short := min(w, h)
	s := spot{side: r.between(short*low/100, short*high/100), mirror: r.chance(50)}
	s.wide = s.side * r.between(85, 115) / 100
	if r.chance(50) {
		s.angle = r.between(-turn/18, turn/18) // 20 degrees
	}
	s.box()
	for max(s.w, s.h) > short { // the turned object must still fit
		s.angle /= 2
		s.wide = s.wide * 95 / 100
		s.box()
	}
	if anywhere {
		s.x, s.y = r.below(w), r.below(h)
		return s
	}
	s.x = (w-short)/2 + s.w/2 + r.below(short-s.w+1)
	s.y = (h-short)/2 + s.h/2 + r.below(short-s.h+1)
	return s
}

func (s *spot) box() {
	c, n := cosine(s.angle), sine(s.angle)
	if n < 0 {
		n = -n
	}
	s.w = (s.wide*c + s.side*n + one - 1) / one
	s.h = (s.wide*n + s.side*c + one - 1) / one
}

func apart(spots []spot) bool {
	for i, p := range spots {
		for _, q := range spots[:i] {
			if 4*overlap(p, q) >= min(p.w*p.h, q.w*q.h) {
				return false
			}
		}
	}
	return true
}

// overlap is the area that two boxes share.
func overlap(p, q spot) int {
	w := min(p.left()+p.w, q.left()+q.w) - max(p.left(), q.left())
	h := min(p.top()+p.h, q.top()+q.h) - max(p.top(), q.top())
	return max(0, w) * max(0, h)
}
