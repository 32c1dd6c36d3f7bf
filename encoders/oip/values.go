package oip

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// jsonValues fills dst from a tensor's data in JSON: one flat list, or nested lists in the tensor's shape.
// JSON has no number for NaN and infinity, so servers write null, "NaN" or "Infinity". Anything else that
// is no number is rejected, and so is a list of another length.
func jsonValues(data json.RawMessage, dst []float32, shape []int64) error {
	if flat := []float32(nil); !bytes.Contains(data, []byte("null")) && json.Unmarshal(data, &flat) == nil && len(flat) == len(dst) {
		copy(dst, flat) // the usual case, which takes a tenth of the time
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v := values{d: d, dst: dst, shape: shape}
	t, err := d.Token()
	if err != nil || t != json.Delim('[') {
		return fmt.Errorf("its data is %.40q: want a list of numbers", data)
	}
	return v.list(0)
}

// values is the part that is still to be filled.
type values struct {
	d     *json.Decoder
	dst   []float32
	shape []int64
	at    int // values so far
	flat  bool
}

// list reads a list at a depth. Its bracket has been read already.
func (v *values) list(depth int) error {
	n := int64(0)
	for ; v.d.More(); n++ {
		t, err := v.d.Token()
		if err != nil {
			return err
		}
		if t == json.Delim('[') && depth+1 < len(v.shape) && !(depth == 0 && v.flat) {
			err = v.list(depth + 1)
		} else {
			err = v.value(t, depth)
		}
		if err != nil {
			return err
		}
	}
	if _, err := v.d.Token(); err != nil { // the end of the list
		return err
	}
	want := int64(len(v.dst))
	if !v.flat {
		want = v.shape[depth]
	}
	if n != want {
		return fmt.Errorf("a list of %d values or lists where its shape %v wants %d", n, v.shape, want)
	}
	return nil
}

// value stores a number. Numbers in the outermost list make the list a flat one.
func (v *values) value(t json.Token, depth int) error {
	if depth == 0 && v.at == 0 {
		v.flat = true
	}
	if !v.flat && depth != len(v.shape)-1 {
		return fmt.Errorf("value %d is %.40v in a list of depth %d: want lists as in its shape %v, or one flat list", v.at, t, depth+1, v.shape)
	}
	if v.at == len(v.dst) {
		return fmt.Errorf("more than the %d values that its shape has", len(v.dst))
	}
	switch x := t.(type) {
	case nil:
		v.dst[v.at] = float32(math.NaN())
	case json.Number:
		f, err := strconv.ParseFloat(string(x), 32)
		if err != nil && !errors.Is(err, strconv.ErrRange) { // a value that does not fit is infinite
			return fmt.Errorf("value %d is %.40s: want a number", v.at, x)
		}
		v.dst[v.at] = float32(f)
	case string:
		f, known := notFinite(x)
		if !known {
			return fmt.Errorf("value %d is %.40q: want a number or null", v.at, x)
		}
		v.dst[v.at] = float32(f)
	default:
		return fmt.Errorf("value %d is %.40q: want a number or null", v.at, fmt.Sprint(t))
	}
	v.at++
	return nil
}

// notFinite recognises the words of Python's json and of protobuf's JSON for values that are not finite.
func notFinite(word string) (float64, bool) {
	switch word {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}
