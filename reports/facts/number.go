package facts

import (
	"math"
	"strconv"
)

// Number is a float whose NaN means that nothing was measured: null in json, "-" in text.
type Number float64

// Absent is the Number for something that was not measured.
func Absent() Number { return Number(math.NaN()) }

func orAbsent(v *float64) Number {
	if v == nil {
		return Absent()
	}
	return Number(*v)
}

func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null if JSON has no such number.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}
