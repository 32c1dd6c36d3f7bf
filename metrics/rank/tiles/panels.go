package tiles

// Panels holds the rows of a matrix in the order in which they are multiplied, width rows at a time. Zeros
// fill up the last panel.
type Panels struct {
	width int
	size  int // values of a panel
	data  []float32
}

// Left makes empty panels for n rows of dim values, for the left factor of a product.
func (k Kernels) Left(n, dim int) Panels {
	return newPanels(n, k.Rows, dim)
}

// Right makes empty panels for n rows of dim values, for the columns of a product.
func (k Kernels) Right(n, dim int) Panels {
	return newPanels(n, k.Columns, dim)
}

func newPanels(n, width, depth int) Panels {
	return Panels{width, width * depth, make([]float32, (n+width-1)/width*width*depth)}
}

// Fill stores the rows of panels from to to; n is the number of panels in all. It finishes reading what
// row returns before it calls row again.
func (p Panels) Fill(n int, row func(i int) []float64, from, to int) {
	for i := from * p.width; i < min(to*p.width, n); i++ {
		at := i / p.width * p.size
		putColumns(p.data[at:at+p.size], p.width, i%p.width, row(i))
	}
}

// Count is the number of panels.
func (p Panels) Count() int {
	if p.size == 0 {
		return 0
	}
	return len(p.data) / p.size
}

// Slice is the panels starting at the given one.
func (p Panels) Slice(from, n int) Panels {
	p.data = p.data[from*p.size : (from+n)*p.size]
	return p
}

// putColumns writes a row into column i of a panel, rounded to float32.
func putColumns(panel []float32, width, i int, row []float64) {
	for j, v := range row {
		panel[i+j*width] = float32(v)
	}
}
