package plan

import (
	"math"

	"github.com/fastclip/fastclip/encoders"
)

// Figures describe what a mix of precisions does to the embeddings of some items.
type Figures struct {
	Image     float64 `json:"image_mean_abs"`
	Text      float64 `json:"text_mean_abs"`
	CosineMin float64 `json:"cosine_min"` // least cosine of a picture or text with the reference's
	Flips     float64 `json:"top1_changed"`
	Certain   float64 `json:"certain"` // share of text queries whose best picture this drift cannot change
}

// figuresOf compares embeddings with the reference's.
func figuresOf(images, texts, refImages, refTexts encoders.Embeddings) Figures {
	f := Figures{Image: meanAbs(images.Data, refImages.Data), Text: meanAbs(texts.Data, refTexts.Data), CosineMin: 1}
	ui, ut, ri, rt := units(images), units(texts), units(refImages), units(refTexts)
	di, dt := distances(ui, ri), distances(ut, rt)
	for _, d := range append(append([]float64(nil), di...), dt...) {
		f.CosineMin = min(f.CosineMin, 1-d*d/2)
	}
	for q := range rt {
		best, was := -1, -1
		sims := make([]float64, len(ri))
		for i := range ri {
			sims[i] = dot(rt[q], ri[i])
			if was < 0 || sims[i] > sims[was] {
				was = i
			}
			if best < 0 || dot(ut[q], ui[i]) > dot(ut[q], ui[best]) {
				best = i
			}
		}
		if best != was {
			f.Flips++
		}
		// A similarity of unit vectors moves by no more than both vectors together.
		certain := true
		for i := range ri {
			certain = certain && (i == was || sims[was]-sims[i] > 2*dt[q]+di[was]+di[i])
		}
		if certain {
			f.Certain++
		}
	}
	if n := float64(len(rt)); n > 0 {
		f.Flips, f.Certain = f.Flips/n, f.Certain/n
	}
	return f
}

func meanAbs(a, b []float32) float64 {
	sum := 0.0
	for i, v := range b {
		sum += math.Abs(float64(a[i]) - float64(v))
	}
	if sum != sum {
		return math.MaxFloat64 // JSON has no infinity
	}
	return sum / float64(max(len(b), 1))
}

// drifts has the mean absolute difference of each item.
func drifts(got, want encoders.Embeddings) []float64 {
	out := make([]float64, want.N)
	for i := range out {
		out[i] = meanAbs(got.Row(i), want.Row(i))
	}
	return out
}

func units(e encoders.Embeddings) [][]float64 {
	out := make([][]float64, e.N)
	for i := range out {
		out[i] = make([]float64, e.Dim)
		size := 0.0
		for k, v := range e.Row(i) {
			out[i][k] = float64(v)
			size += float64(v) * float64(v)
		}
		for k := range out[i] {
			out[i][k] /= math.Sqrt(max(size, 1e-300))
		}
	}
	return out
}

func distances(a, b [][]float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		for k, v := range a[i] {
			out[i] += (v - b[i][k]) * (v - b[i][k])
		}
		out[i] = math.Sqrt(out[i])
	}
	return out
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
