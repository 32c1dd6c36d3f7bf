package facts

import (
	"math"
	"strconv"
)

// Number is a float. NaN means that nothing was measured; it is null in json and "-" in text.
type Number float64

// Absent is the Number for a value that was not measured.
func Absent() Number { return Number(math.NaN()) }

func orAbsent(v *float64) Number {
	if v == nil {
		return Absent()
	}
	return Number(*v)
}

func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for values that JSON cannot hold.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}
