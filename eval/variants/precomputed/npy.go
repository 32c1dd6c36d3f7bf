package precomputed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/half"
)

// matrix is rows of dim values.
type matrix struct {
	n, dim int
	data   []float32
}

func (m matrix) row(i int) []float32 { return m.data[i*m.dim : (i+1)*m.dim] }

var (
	descrField = regexp.MustCompile(`'descr'\s*:\s*'([<|=>]?[a-zA-Z]\d+)'`)
	orderField = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapeField = regexp.MustCompile(`'shape'\s*:\s*\(\s*(\d+)\s*,\s*(\d+)\s*,?\s*\)`)
)

// maxHeader is of a .npy file of any plain matrix.
const maxHeader = 64 << 10

// readNPY reads a numpy file (format 1.0 to 3.0) of two dimensions, float16, float32 or float64
// in C order, as np.save writes it. Nothing is allocated that the file has not the bytes for.
func readNPY(path string) (matrix, error) {
	f, err := os.Open(path)
	if err != nil {
		return matrix{}, err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return matrix{}, err
	}
	m, err := parseNPY(f, info.Size())
	if err != nil {
		return matrix{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func parseNPY(r io.Reader, size int64) (matrix, error) {
	header, before, err := npyHeader(r)
	if err != nil {
		return matrix{}, fmt.Errorf("not a .npy file: %w", err)
	}
	descr, order, shape := descrField.FindStringSubmatch(header), orderField.FindStringSubmatch(header), shapeField.FindStringSubmatch(header)
	switch {
	case descr == nil || order == nil:
		return matrix{}, fmt.Errorf("header %q: want descr, fortran_order and shape", header)
	case shape == nil:
		return matrix{}, fmt.Errorf("header %q: want two dimensions, items and values", header)
	case order[1] == "True":
		return matrix{}, errors.New("the array is in Fortran order: save np.ascontiguousarray(array)")
	}
	wide, convert := floatsOf(descr[1])
	if wide == 0 {
		return matrix{}, fmt.Errorf("values of type %s: want little-endian float16, float32 or float64 (<f2, <f4, <f8)", descr[1])
	}
	n, errN := strconv.ParseInt(shape[1], 10, 40)
	dim, errDim := strconv.ParseInt(shape[2], 10, 20)
	if errN != nil || errDim != nil || dim == 0 {
		return matrix{}, fmt.Errorf("shape (%s, %s): want numbers from 1", shape[1], shape[2])
	}
	if have := size - before; n*dim*wide != have {
		return matrix{}, fmt.Errorf("it has %d bytes of values, but its header says %d x %d values of %d bytes: is the file cut short?", have, n, dim, wide)
	}
	m := matrix{n: int(n), dim: int(dim), data: make([]float32, n*dim)}
	line := make([]byte, dim*wide)
	for i := range m.n {
		if _, err := io.ReadFull(r, line); err != nil {
			return matrix{}, err
		}
		for j := range m.dim {
			v := convert(line[int64(j)*wide:])
			if v-v != 0 {
				return matrix{}, fmt.Errorf("value %d of row %d is not finite", j, i)
			}
			m.data[i*m.dim+j] = v
		}
	}
	return m, nil
}

// npyHeader is the dictionary, and how many bytes come before the values.
func npyHeader(r io.Reader) (header string, before int64, err error) {
	start := make([]byte, 10)
	if _, err := io.ReadFull(r, start); err != nil {
		return "", 0, err
	}
	if string(start[:6]) != "\x93NUMPY" || start[6] < 1 || start[6] > 3 {
		return "", 0, errors.New("its first bytes are not those of format 1, 2 or 3")
	}
	length, before := int64(binary.LittleEndian.Uint16(start[8:])), int64(10)
	if start[6] > 1 {
		more := make([]byte, 2)
		if _, err := io.ReadFull(r, more); err != nil {
			return "", 0, err
		}
		length, before = length|int64(binary.LittleEndian.Uint16(more))<<16, 12
	}
	if length > maxHeader {
		return "", 0, fmt.Errorf("its header has %d bytes, which is too long", length)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", 0, err
	}
	return strings.TrimSpace(string(text)), before + length, nil
}

// floatsOf is how wide values of a type are, and how one is read; 0 for other types.
func floatsOf(descr string) (wide int64, convert func([]byte) float32) {
	switch descr {
	case "<f2":
		return 2, func(b []byte) float32 { return half.ToFloat32(binary.LittleEndian.Uint16(b)) }
	case "<f4":
		return 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case "<f8":
		return 8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }
	}
	return 0, nil
}
