package prose

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/reports/facts"
)

func TestRounded(t *testing.T) {
	assert.Equal(t, "1300", rounded(1234))
	assert.Equal(t, "7", rounded(7))
}

func TestNumbersAsText(t *testing.T) {
	nan := facts.Number(math.NaN())
	for _, c := range []struct{ got, want string }{
		{Percent(0.4321), "43.2"}, {Percent(-1e-9), "0.0"}, {Percent(1), "100.0"}, {Percent(nan), "-"},
		{Points(-0.0021), "-0.2"}, {Points(0.031), "+3.1"}, {Points(0), "0.0"}, {Points(-1e-5), "0.0"}, {Points(nan), "-"},
		{Scientific(9.4e-6), "9.4e-6"}, {Scientific(0.0123), "1.2e-2"}, {Scientific(12.25), "1.2e1"}, {Scientific(0), "0"},
		{Scientific(5e-324), "4.9e-324"}, {Scientific(nan), "-"}, {Scientific(facts.Number(math.Inf(1))), "-"},
		{Cosine(1), "1"}, {Cosine(1 + 1e-15), "1"}, {Cosine(0.99998), "0.99998"}, {Cosine(0.999977), "0.99998"},
		{Cosine(0.8123), "0.8123"}, {Cosine(0.99999), "0.99999"}, {Cosine(1 - 2e-12), "1 - 2.0e-12"}, {Cosine(-0.5), "-0.5000"},
		{Cosine(0.9999904), "0.999990"}, {Cosine(nan), "-"},
		{ratio(1.338), "1.34x"}, {ratio(nan), "-"},
		{Millis(0.01234, 0.01234), "0.0123"}, {Millis(0.123, 0.123), "0.123"}, {Millis(1.234, 1.234), "1.23"},
		{Millis(12.34, 12.34), "12.3"}, {Millis(123.4, 123.4), "123"}, {Millis(0.004, 12), "0.0"}, {Millis(nan, 1), "-"},
		{WithPercent(0.31), "31.0 %"}, {WithPercent(nan), "-"},
	} {
		assert.Equal(t, c.want, c.got)
	}
}

func TestCellText(t *testing.T) {
	nan := facts.Absent()
	for _, c := range []struct {
		cell facts.Cell
		want string
	}{
		{facts.Cell{Value: 0.432, HalfWidth: 0.041, Delta: nan}, "43.2 ±4.1"},
		{facts.Cell{Value: 0.432, HalfWidth: nan, Delta: nan}, "43.2"},
		{facts.Cell{Value: 1, HalfWidth: 0.4, Low: 0.207, High: 1, Delta: nan}, "100.0 [20.7, 100.0]"},
		{facts.Cell{Value: 0.43, HalfWidth: 0.04, Delta: -0.002}, "43.0 (-0.2 ~)"},
		{facts.Cell{Value: 0.43, HalfWidth: 0.04, Delta: -0.031, Real: true}, "43.0 (-3.1 *)"},
		{facts.Cell{Value: nan, HalfWidth: nan, Delta: nan}, "-"},
	} {
		assert.Equal(t, c.want, cellText(c.cell))
	}
}
