package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number is a float whose NaN means that nothing was measured: null in json, "-" in text.
type number float64

// absent is the number of what was not measured.
func absent() number { return number(math.NaN()) }

func orAbsent(v *float64) number {
	if v == nil {
		return absent()
	}
	return number(*v)
}

func (n number) known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for what json has no number for.
func (n number) MarshalJSON() ([]byte, error) {
	if !n.known() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}

// noNumber stands in text where nothing was measured.
const noNumber = "-"

// percent is a share in percent with a decimal.
func percent(n number) string {
	if !n.known() {
		return noNumber
	}
	return noMinusZero(fmt.Sprintf("%.1f", 100*n))
}

// points is a difference of two shares in percentage points, with its sign.
func points(n number) string {
	if !n.known() {
		return noNumber
	}
	return noMinusZero(fmt.Sprintf("%+.1f", 100*n))
}

// noMinusZero turns what rounding made a zero into a plain one.
func noMinusZero(s string) string {
	if strings.Trim(s, "+-0.") == "" {
		return "0.0"
	}
	return s
}

// scientific has two significant digits; an exact zero is "0", so that nothing tiny looks like it.
func scientific(n number) string {
	switch {
	case !n.known():
		return noNumber
	case n == 0:
		return "0"
	}
	mantissa, exponent, _ := strings.Cut(fmt.Sprintf("%.1e", float64(n)), "e")
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return noNumber
	}
	return fmt.Sprintf("%se%d", mantissa, power)
}

// cosine has as many decimals as it takes to tell it from 1; where those are too many to count,
// it is written as the distance from 1.
func cosine(n number) string {
	gap := 1 - float64(n)
	switch {
	case !n.known():
		return noNumber
	case gap <= 0: // rounding can leave a cosine just above 1
		return "1"
	case gap < 1e-7:
		return "1 - " + scientific(number(gap))
	}
	const slack = 1e-6 // 1-0.99999 is a little less than 1e-5
	decimals := max(4, int(math.Ceil(-math.Log10(gap)-slack)))
	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}

// ratio is a factor such as 1.34x.
func ratio(n number) string {
	if !n.known() {
		return noNumber
	}
	return fmt.Sprintf("%.2fx", float64(n))
}

// millis has about three digits, as many decimals as the size of like asks for.
func millis(n, like number) string {
	if !n.known() {
		return noNumber
	}
	decimals := 4
	for limit := 0.1; decimals > 0 && float64(like) >= limit; limit *= 10 {
		decimals--
	}
	return strconv.FormatFloat(float64(n), 'f', decimals, 64)
}
