package embed

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/fastclip/fastclip/encoders"
)

// Marshal is n and dim as uint32, then the values as float32, all little endian.
func Marshal(e encoders.Embeddings) []byte {
	out := make([]byte, 8, 8+4*len(e.Data))
	binary.LittleEndian.PutUint32(out, uint32(e.N))
	binary.LittleEndian.PutUint32(out[4:], uint32(e.Dim))
	for _, v := range e.Data {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

// Unmarshal reads what Marshal wrote.
func Unmarshal(data []byte) (encoders.Embeddings, error) {
	if len(data) < 8 {
		return encoders.Embeddings{}, fmt.Errorf("stored embeddings have only %d bytes", len(data))
	}
	e := encoders.Embeddings{N: int(binary.LittleEndian.Uint32(data)), Dim: int(binary.LittleEndian.Uint32(data[4:]))}
	if values := (len(data) - 8) / 4; len(data)%4 != 0 || e.N > values || e.Dim > values || values != e.N*e.Dim {
		return encoders.Embeddings{}, fmt.Errorf("stored embeddings have %d bytes, want %d x %d values", len(data), e.N, e.Dim)
	}
	e.Data = make([]float32, e.N*e.Dim)
	for i := range e.Data {
		e.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[8+4*i:]))
	}
	return e, nil
}
