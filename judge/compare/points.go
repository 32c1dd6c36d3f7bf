package compare

import (
	"fmt"
	"math"
)

// mostDecimals is more decimals than a mean of any number of queries needs.
const mostDecimals = 9

// Points writes two scores as points of 100. It uses as many decimals as the difference needs, and at
// least one.
func Points(a, b float64) (string, string) {
	decimals, by := 1, 100*math.Abs(a-b)*(1+1e-9)
	for by > 0 && decimals < mostDecimals && math.Pow10(-decimals) > by {
		decimals++
	}
	return fmt.Sprintf("%.*f", decimals, 100*a), fmt.Sprintf("%.*f", decimals, 100*b)
}

// PointsBy writes a difference of scores in points of 100, with one decimal, or two digits when it is
// smaller.
func PointsBy(by float64) string {
	if math.Abs(100*by) >= 0.05 || by == 0 {
		return fmt.Sprintf("%.1f", 100*by)
	}
	return fmt.Sprintf("%.2g", 100*by)
}
