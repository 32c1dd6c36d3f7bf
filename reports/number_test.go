package reports

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbersAsText(t *testing.T) {
	nan := number(math.NaN())
	for _, c := range []struct{ got, want string }{
		{percent(0.4321), "43.2"}, {percent(-1e-9), "0.0"}, {percent(1), "100.0"}, {percent(nan), "-"},
		{points(-0.0021), "-0.2"}, {points(0.031), "+3.1"}, {points(0), "0.0"}, {points(-1e-5), "0.0"}, {points(nan), "-"},
		{scientific(9.4e-6), "9.4e-6"}, {scientific(0.0123), "1.2e-2"}, {scientific(12.25), "1.2e1"}, {scientific(0), "0"},
		{scientific(5e-324), "4.9e-324"}, {scientific(nan), "-"}, {scientific(number(math.Inf(1))), "-"},
		{cosine(1), "1"}, {cosine(1 + 1e-15), "1"}, {cosine(0.99998), "0.99998"}, {cosine(0.999977), "0.99998"},
		{cosine(0.8123), "0.8123"}, {cosine(0.99999), "0.99999"}, {cosine(1 - 2e-12), "1 - 2.0e-12"}, {cosine(-0.5), "-0.5000"},
		{cosine(0.9999904), "0.999990"}, {cosine(nan), "-"},
		{ratio(1.338), "1.34x"}, {ratio(nan), "-"},
		{millis(0.01234, 0.01234), "0.0123"}, {millis(0.123, 0.123), "0.123"}, {millis(1.234, 1.234), "1.23"},
		{millis(12.34, 12.34), "12.3"}, {millis(123.4, 123.4), "123"}, {millis(0.004, 12), "0.0"}, {millis(nan, 1), "-"},
		{withPercent(0.31), "31.0 %"}, {withPercent(nan), "-"},
	} {
		assert.Equal(t, c.want, c.got)
	}
}

func TestNumberAsJSON(t *testing.T) {
	got, err := json.Marshal([]number{1, 0.5, 1e-300, number(math.NaN()), number(math.Inf(-1))})
	require.NoError(t, err)
	assert.JSONEq(t, `[1, 0.5, 1e-300, null, null]`, string(got))
}

func TestCellText(t *testing.T) {
	nan := absent()
	for _, c := range []struct {
		cell cell
		want string
	}{
		{cell{Value: 0.432, HalfWidth: 0.041, Delta: nan}, "43.2 ±4.1"},
		{cell{Value: 0.432, HalfWidth: nan, Delta: nan}, "43.2"},
		{cell{Value: 1, HalfWidth: 0.4, Low: 0.207, High: 1, Delta: nan}, "100.0 [20.7, 100.0]"},
		{cell{Value: 0.43, HalfWidth: 0.04, Delta: -0.002}, "43.0 (-0.2 ~)"},
		{cell{Value: 0.43, HalfWidth: 0.04, Delta: -0.031, Real: true}, "43.0 (-3.1 *)"},
		{cell{Value: nan, HalfWidth: nan, Delta: nan}, "-"},
	} {
		assert.Equal(t, c.want, cellText(c.cell))
	}
}
