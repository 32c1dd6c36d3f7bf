package prose

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/reports/facts"
)

// rounded writes two significant digits.
func rounded(v float64) string {
	unit := math.Pow(10, math.Floor(math.Log10(v))-1)
	return fmt.Sprintf("%.0f", math.Ceil(v/max(unit, 1))*max(unit, 1))
}

// NoNumber is the text for a value that was not measured.
const NoNumber = "-"

// Percent writes a share in percent with one decimal.
func Percent(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return noMinusZero(fmt.Sprintf("%.1f", 100*n))
}

// Points writes a difference of two shares in percentage points, with its sign.
func Points(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return noMinusZero(fmt.Sprintf("%+.1f", 100*n))
}

// noMinusZero removes the sign of a zero that rounding made.
func noMinusZero(s string) string {
	if strings.Trim(s, "+-0.") == "" {
		return "0.0"
	}
	return s
}

// Scientific writes two significant digits. Only an exact zero is "0", so that a tiny value never looks
// like zero.
func Scientific(n facts.Number) string {
	switch {
	case !n.Known():
		return NoNumber
	case n == 0:
		return "0"
	}
	mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.1e", float64(n)), "e")
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return NoNumber
	}
	return fmt.Sprintf("%se%d", mantissa, power)
}

// Cosine uses as many decimals as are needed to tell the cosine from 1. When that takes too many, it
// writes the distance from 1 instead.
func Cosine(n facts.Number) string {
	gap := 1 - float64(n)
	switch {
	case !n.Known():
		return NoNumber
	case gap <= 0: // rounding can leave a cosine just above 1
		return "1"
	case gap < 1e-7:
		return "1 - " + Scientific(facts.Number(gap))
	}
	const slack = 1e-6 // 1-0.99999 is a little less than 1e-5
	decimals := max(4, int(math.Ceil(-math.Log10(gap)-slack)))
	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}

// ratio writes a factor, such as 1.34x.
func ratio(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return fmt.Sprintf("%.2fx", float64(n))
}

// Millis writes about three digits, with the number of decimals that suits the size of like.
func Millis(n, like facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	decimals := 4
	for limit := 0.1; decimals > 0 && float64(like) >= limit; limit *= 10 {
		decimals--
	}
	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}
