package timing

// order is the order of n variants in a round. Over n rounds (2n when n is odd), each variant stands once
// (twice) in every place and right after every other. So what one leaves behind in caches or clocks
// affects all equally (Williams 1949).
func order(n, round int) []int {
	out := make([]int, n)
	for i := range out {
		step := (i + 1) / 2 // 0, 1, n-1, 2, n-2 ...
		if i%2 == 0 {
			step = (n - i/2) % n
		}
		out[i] = (step + round) % n
	}
	if n%2 == 1 && round/n%2 == 1 { // for an odd number, the same rounds backwards balance them
		for i := range n / 2 {
			out[i], out[n-1-i] = out[n-1-i], out[i]
		}
	}
	return out
}
