package resample

// The two passes in plain Go: the reference that faster ones are tested against.

func horizontalGo(dst, src []byte, srcW, channels int, t weights, rows int) {
	w := len(t.first)
	for y := range rows {
		in, out := src[y*srcW*channels:(y+1)*srcW*channels], dst[y*w*channels:(y+1)*w*channels]
		for x := range w {
			weights := t.values[x*t.size : x*t.size+int(t.n[x])]
			for c := range channels {
				sum, at := int32(1<<(precision-1)), int(t.first[x])*channels+c
				for _, k := range weights {
					sum += int32(in[at]) * k
					at += channels
				}
				out[x*channels+c] = clip8(sum)
			}
		}
	}
}

func verticalGo(dst, src []byte, stride int, t weights) {
	for y := range len(t.first) {
		weights := t.values[y*t.size : y*t.size+int(t.n[y])]
		out := dst[y*stride : (y+1)*stride]
		for x := range out {
			sum, at := int32(1<<(precision-1)), int(t.first[y])*stride+x
			for _, k := range weights {
				sum += int32(src[at]) * k
				at += stride
			}
			out[x] = clip8(sum)
		}
	}
}

func clip8(v int32) byte {
	v >>= precision
	if v < 0 {
		return 0
	}
	if v > 255 {
		return 255
	}
	return byte(v)
}
