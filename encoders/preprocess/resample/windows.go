package resample

import "math"

// kernel is one of Pillow's filters.
type kernel struct {
	name    string
	support float64
	weight  func(x float64) float64
}

// kernelOf is the kernel with a name. "" means bicubic.
func kernelOf(name string) *kernel {
	for _, k := range []*kernel{bilinearKernel, boxKernel, hammingKernel, lanczosKernel} {
		if k.name == name {
			return k
		}
	}
	return bicubicKernel
}

// bicubic is Pillow's, with a = -0.5. The conversions keep compilers from fusing
// multiply and add, which would change the last bit.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64(float64(float64(float64((a+2)*x)-(a+3))*x)*x) + 1
	case x < 2:
		return float64(float64(float64(float64(float64(float64(x-5)*x)+8)*x)-4) * a)
	}
	return 0
}

func bilinear(x float64) float64 {
	if x = math.Abs(x); x < 1 {
		return 1 - x
	}
	return 0
}

func box(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func hamming(x float64) float64 {
	if x = math.Abs(x); x >= 1 {
		return 0
	}
	return sinc(x) * (0.54 + float64(0.46*math.Cos(x*math.Pi)))
}

func lanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}
