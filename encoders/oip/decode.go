package oip

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fastclip/fastclip/internal/half"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// response is the protocol's JSON.
type response struct {
	Error      string           `json:"error"`
	Outputs    []responseTensor `json:"outputs"`
	Parameters struct {
		ComputeNS json.Number `json:"compute_ns"`
	} `json:"parameters"`
}

type responseTensor struct {
	Name       string  `json:"name"`
	Shape      []int64 `json:"shape"`
	Datatype   string  `json:"datatype"`
	Parameters struct {
		BinarySize *int64 `json:"binary_data_size"`
	} `json:"parameters"`
	Data json.RawMessage `json:"data"`
}

// decode fills dst from an answer. length is the length of its JSON; "" means all of it. It returns the
// time that the server says its model took.
func decode(body []byte, length, output string, dst []float32, shape []int64) (time.Duration, error) {
	tail := []byte(nil)
	if length != "" {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > len(body) {
			return 0, fmt.Errorf("the answer has %d bytes, but says that its JSON has %.40q", len(body), length)
		}
		body, tail = body[:n], body[n:]
	}
	var r response
	if err := pyjson.Unmarshal(body, &r); err != nil {
		return 0, fmt.Errorf("the answer is not JSON of the protocol: %w", err)
	}
	if r.Error != "" {
		return 0, errors.New(reason([]byte(r.Error)))
	}
	for _, out := range r.Outputs {
		var raw []byte
		if size := out.Parameters.BinarySize; size != nil {
			if *size < 0 || *size > int64(len(tail)) {
				return 0, fmt.Errorf("output %.100s declares %d bytes, but only %d arrived", out.Name, *size, len(tail))
			}
			raw, tail = tail[:*size], tail[*size:]
		}
		if out.Name == output {
			return nanoseconds(r.Parameters.ComputeNS), out.fill(raw, dst, shape)
		}
	}
	return 0, fmt.Errorf("the answer has no output %.100s", output)
}

func (out responseTensor) fill(raw []byte, dst []float32, shape []int64) error {
	if !slices.Equal(out.Shape, shape) {
		return fmt.Errorf("output %.100s has shape %v, want %v", out.Name, out.Shape[:min(len(out.Shape), 8)], shape)
	}
	size, known := map[string]int{"FP32": 4, "FP16": 2, "FP64": 8}[out.Datatype]
	if !known && out.Datatype != "" {
		return fmt.Errorf("output %.100s is %.40s, want FP32, FP16 or FP64", out.Name, out.Datatype)
	}
	if out.Parameters.BinarySize == nil {
		if err := jsonValues(out.Data, dst, shape); err != nil {
			return fmt.Errorf("output %.100s: %w", out.Name, err)
		}
		return nil
	}
	if !known {
		return fmt.Errorf("output %.100s has bytes, but names no data type", out.Name)
	}
	if len(raw) != size*len(dst) {
		return fmt.Errorf("output %.100s has %d bytes, want %d", out.Name, len(raw), size*len(dst))
	}
	for i := range dst {
		switch size {
		case 8:
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		case 4:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		default:
			dst[i] = half.ToFloat32(binary.LittleEndian.Uint16(raw[2*i:]))
		}
	}
	return nil
}
