package trec

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Write prints the report in trec_eval's columns. With perQuery (-q), each query's lines come before the
// lines for all queries.
func (r *Report) Write(w io.Writer, perQuery bool) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if perQuery {
		for _, s := range r.Queries {
			s.write(out)
		}
	}
	r.All.write(out)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write scores: %w", err)
	}
	return nil
}

func (s Scores) write(w *bufio.Writer) {
	for _, v := range s.Values {
		fmt.Fprintf(w, "%-22s\t%s\t%s\n", v.Name, s.Query, v.Text)
	}
}

// textOf is a value that is not a number.
func (w wanted) textOf(r *ranking) Value {
	v := Value{Name: w.names[0], Text: "''"}
	if !r.cleared(v.Name) {
		v.Text = w.text(r, w.parameters)
	}
	return v
}

// value is w's value with index i.
func (w wanted) value(i int, v float64) Value {
	return Value{Name: w.names[i], Number: v, Text: cText(v, w.whole)}
}

// cText is the output of C's printf for v with %ld or %6.4f.
func cText(v float64, whole bool) string {
	switch {
	case whole:
		return strconv.FormatInt(int64(v), 10)
	case math.IsNaN(v): // x86 prints 0/0 like this
		return "  -nan"
	case math.IsInf(v, 0):
		return fmt.Sprintf("%6s", map[bool]string{true: "inf", false: "-inf"}[v > 0])
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}
