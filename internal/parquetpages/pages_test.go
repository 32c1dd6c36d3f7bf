package parquetpages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type record struct {
	Bytes []byte   `parquet:"bytes,optional"`
	Texts []string `parquet:"texts,list,dict"`
	Skip  string   `parquet:"skip"`
}

var codecs = map[string]compress.Codec{
	"none": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "brotli": &parquet.Brotli, "zstd": &parquet.Zstd, "lz4": &parquet.Lz4Raw,
}

func written(t testing.TB, codec compress.Codec, version int) ([]byte, []record) {
	var rows []record
	for i := range 40 {
		r := record{Bytes: []byte(strings.Repeat(fmt.Sprint(i), i*30)), Skip: "x"}
		for c := range i % 3 {
			r.Texts = append(r.Texts, fmt.Sprintf("text %d", c))
		}
		rows = append(rows, r)
	}
	var out bytes.Buffer
	w := parquet.NewGenericWriter[record](&out, parquet.Compression(codec), parquet.DataPageVersion(version), parquet.PageBufferSize(2000))
	for i, r := range rows {
		_, err := w.Write([]record{r})
		require.NoError(t, err)
		if i%15 == 14 {
			require.NoError(t, w.Flush())
		}
	}
	require.NoError(t, w.Close())
	return out.Bytes(), rows
}

func firstTwo(*parquet.File) ([]int, error) { return []int{0, 1}, nil }

// readAll reads the chosen columns. A panic in the library becomes an error.
func readAll(data []byte) (values [2][]string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged: %v", r)
		}
	}()
	f, err := Open(bytes.NewReader(data), int64(len(data)), firstTwo)
	if err != nil {
		return values, err
	}
	for _, group := range f.RowGroups() {
		for c := range values {
			pages := group.ColumnChunks()[c].Pages()
			defer pages.Close()
			for {
				page, err := pages.ReadPage()
				if errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					return values, err
				}
				buffer := make([]parquet.Value, page.NumValues())
				n, err := page.Values().ReadValues(buffer)
				if err != nil && !errors.Is(err, io.EOF) {
					return values, err
				}
				for _, v := range buffer[:n] {
					values[c] = append(values[c], v.String())
				}
			}
		}
	}
	return values, nil
}

func TestEveryCodec(t *testing.T) {
	for name, codec := range codecs {
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprint(name, version), func(t *testing.T) {
				data, rows := written(t, codec, version)
				got, err := readAll(data)
				require.NoError(t, err)
				var bytes, texts []string
				for _, r := range rows {
					bytes = append(bytes, string(r.Bytes))
					texts = append(texts, r.Texts...)
					if len(r.Texts) == 0 {
						texts = append(texts, "<null>")
					}
				}
				assert.Equal(t, bytes[1:], got[0][1:])
				assert.Equal(t, texts, got[1])
			})
		}
	}
}

// TestDamageTakesNoMemory: whatever byte of a file is changed, reading takes no more memory than the text in the file.
func TestDamageTakesNoMemory(t *testing.T) {
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			data, _ := written(t, codec, 1)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			const readings = 80
			for n := range readings {
				i := 4 + n*(len(data)-12)/readings
				hurt := bytes.Clone(data)
				hurt[i] ^= 0xff
				_, _ = readAll(hurt)
			}
			runtime.ReadMemStats(&after)
			assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/readings, uint64(8<<20), "bytes a reading")
		})
	}
}

func TestSizesThatLie(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for name, codec := range codecs {
		if name == "none" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			packed, err := codec.Encode(nil, zeros)
			require.NoError(t, err)
			kind := codec.CompressionCodec()
			out, err := unpack(kind, []byte("ab"), packed, len(zeros)+2)
			require.NoError(t, err)
			assert.Equal(t, append([]byte("ab"), zeros...), out)
			for _, size := range []int{0, 1, len(zeros) - 1, maxPage} {
				_, err := unpack(kind, nil, packed, size)
				if err == nil && kind == format.Lz4Raw { // a block may be shorter, which only reading shows
					continue
				}
				assert.Error(t, err, size)
			}
			_, err = unpack(kind, nil, packed[:len(packed)/2], len(zeros))
			assert.Error(t, err)
		})
	}
	_, err := unpack(format.LZO, nil, nil, 4)
	assert.ErrorContains(t, err, "not supported")
}

// TestOlderLZ4: Hadoop's frames, as in the older LZ4 codec, and bare blocks of early writers.
func TestOlderLZ4(t *testing.T) {
	block := func(s string) []byte {
		packed, err := parquet.Lz4Raw.Encode(nil, []byte(s))
		require.NoError(t, err)
		return packed
	}
	a, b := strings.Repeat("one ", 50), strings.Repeat("two ", 30)
	var framed []byte
	for _, s := range []string{a, b} {
		packed := block(s)
		framed = append(framed, 0, 0, 0, byte(len(s)), 0, 0, 0, byte(len(packed)))
		framed = append(framed, packed...)
	}
	out, err := unpack(format.Lz4, nil, framed, len(a+b))
	require.NoError(t, err)
	assert.Equal(t, a+b, string(out))
	out, err = unpack(format.Lz4, nil, block(a), len(a))
	require.NoError(t, err)
	assert.Equal(t, a, string(out))
}

// TestRunsThatLie: runs with more values than the page has are refused before the library expands them.
func TestRunsThatLie(t *testing.T) {
	require.NoError(t, checkHybrid([]byte{200, 1, 5}, 3, 100))
	require.NoError(t, checkHybrid([]byte{3, 1, 2, 3}, 3, 8))
	for name, data := range map[string][]byte{
		"equal":  {0xfe, 0xff, 0xff, 0xff, 0x0f, 1},
		"packed": {0xff, 0xff, 0xff, 0xff, 0x0f, 1},
		"many":   bytes.Repeat([]byte{0xfe, 0x7f, 1}, 10),
		"cut":    {0xff},
	} {
		assert.Error(t, checkHybrid(data, 3, 100), name)
	}
	assert.ErrorIs(t, checkValues(format.DeltaBinaryPacked, []byte{128, 1, 4, 0xff, 0xff, 0xff, 0x7f, 0}, 100), errRuns)
	assert.Error(t, checkValues(format.RLEDictionary, []byte{33}, 1))
}

func check(data []byte) error {
	return walkPages(bytes.NewReader(data), 0, int64(len(data)), func(pageAt) error { return nil })
}

// TestHeadersThatLie: a header that claims more than the file has is refused before the library relies on it.
func TestHeadersThatLie(t *testing.T) {
	page := func(packed, whole, values byte) []byte { // zigzag encoding doubles the number
		return []byte{0x15, 0, 0x15, whole, 0x15, packed, 0x2c, 0x15, values, 0x15, 0, 0x15, 0, 0x15, 0, 0, 0, 'x', 'y'}
	}
	require.NoError(t, check(page(4, 4, 2)))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a page past the end": {page(6, 4, 2), "a page of 3 bytes"},
		"negative":            {page(4, 3, 2), "over the limits"},
		"map of 2^31 doubles": {[]byte{0x1b, 0xff, 0xff, 0xff, 0xff, 7, 0x77, 1, 2, 3}, "unexpected EOF"},
		"list of 2^31 texts":  {[]byte{0x19, 0xf8, 0xff, 0xff, 0xff, 0xff, 7, 1, 2, 3}, "unexpected EOF"},
		"text of 2^63":        {[]byte{0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, "unexpected EOF"},
		"endless number":      {append([]byte{0x15}, bytes.Repeat([]byte{0xff}, 20)...), "too long"},
		"nested":              {bytes.Repeat([]byte{0x1c}, 100), "nested too deep"},
		"unknown kind":        {[]byte{0x1f, 0}, "unknown kind 15"},
	} {
		t.Run(name, func(t *testing.T) { assert.ErrorContains(t, check(c.data), c.want) })
	}
	assert.Error(t, walkPages(bytes.NewReader(nil), -1, 5, nil))
}

func FuzzHeaders(f *testing.F) {
	f.Add([]byte{0x15, 0, 0x15, 4, 0x15, 4, 0x2c, 0x15, 2, 0, 0, 'x', 'y'})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = check(data)
		_ = checkThrift(data)
	})
}

// FuzzOpen: any bytes give values or an error.
func FuzzOpen(f *testing.F) {
	for _, codec := range codecs {
		data, _ := written(f, codec, 2)
		f.Add(data)
	}
	data, _ := written(f, &parquet.Lz4Raw, 1)
	for i := 100; i < len(data); i += len(data) / 5 {
		hurt := bytes.Clone(data)
		hurt[i] ^= 0x80
		f.Add(hurt)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := readAll(data); err != nil {
			assert.NotEmpty(t, err.Error())
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(int32(format.Lz4Raw), []byte{0x10, 'a'}, 1)
	f.Add(int32(format.Lz4), []byte{0, 0, 0, 1, 0, 0, 0, 2, 0x10, 'a'}, 1)
	f.Add(int32(format.Snappy), []byte{1, 0, 'a'}, 1)
	f.Fuzz(func(t *testing.T, codec int32, data []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		if out, err := unpack(format.CompressionCodec(codec), nil, data, size); err == nil {
			assert.LessOrEqual(t, len(out), size)
		}
	})
}
