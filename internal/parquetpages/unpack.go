package parquetpages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// maxWindow is also the default limit of zstd's own program.
const maxWindow = 128 << 20

// unpack appends the unpacked bytes to front, size bytes in all. It allocates no memory for bytes that do
// not arrive.
func unpack(codec format.CompressionCodec, front, packed []byte, size int) ([]byte, error) {
	want := size - len(front)
	switch codec {
	case format.Snappy:
		return unpackSnappy(front, packed, want)
	case format.Lz4Raw:
		return unpackBlock(front, packed, want)
	case format.Lz4:
		return unpackHadoop(front, packed, want)
	case format.Gzip:
		in, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, err
		}
		return readWhole(front, in, want)
	case format.Brotli:
		return readWhole(front, brotli.NewReader(bytes.NewReader(packed)), want)
	case format.Zstd:
		in, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return readWhole(front, in, want)
	}
	return nil, errors.New("this compression is not supported: write the file with zstd, snappy or none")
}

// readWhole reads exactly want bytes and then expects the end.
func readWhole(front []byte, in io.Reader, want int) ([]byte, error) {
	out := bytes.NewBuffer(bytes.Clone(front))
	n, err := io.Copy(out, io.LimitReader(in, int64(want)+1))
	if err != nil {
		return nil, err
	}
	if n != int64(want) {
		return nil, fmt.Errorf("it does not unpack to the %d bytes that its header says", want)
	}
	return out.Bytes(), nil
}

func unpackSnappy(front, packed []byte, want int) ([]byte, error) {
	// Three bytes of snappy produce at most 64 bytes.
	if n, err := snappy.DecodedLen(packed); err != nil {
		return nil, err
	} else if n != want || n > 64*len(packed) {
		return nil, fmt.Errorf("it says that it unpacks to %d bytes, but its header says %d", n, want)
	}
	data, err := snappy.Decode(nil, packed)
	return append(bytes.Clone(front), data...), err
}

// unpackBlock unpacks one block of LZ4. One byte produces at most 255 bytes.
func unpackBlock(front, packed []byte, want int) ([]byte, error) {
	if want > 255*len(packed) {
		return nil, fmt.Errorf("%d bytes cannot hold the %d that its header says", len(packed), want)
	}
	out := make([]byte, len(front)+want)
	copy(out, front)
	if want == 0 {
		return out, nil
	}
	n, err := lz4.UncompressBlock(packed, out[len(front):])
	if err != nil {
		return nil, fmt.Errorf("damaged, or longer than the %d bytes that its header says: %w", want, err)
	}
	return out[:len(front)+n], nil
}

// unpackHadoop unpacks the older of parquet's two LZ4 codecs. That is either blocks preceded by both their
// sizes, as Hadoop frames them, or a single block without sizes, as early writers wrote it.
func unpackHadoop(front, packed []byte, want int) ([]byte, error) {
	out, rest := bytes.Clone(front), packed
	for len(rest) >= 8 {
		whole, size := int64(binary.BigEndian.Uint32(rest)), int64(binary.BigEndian.Uint32(rest[4:]))
		if size > int64(len(rest)-8) || whole > int64(len(front)+want-len(out)) {
			break
		}
		next, err := unpackBlock(out, rest[8:8+size], int(whole))
		if err != nil || len(next) != len(out)+int(whole) {
			break
		}
		out, rest = next, rest[8+size:]
	}
	if len(rest) == 0 && len(out) == len(front)+want {
		return out, nil
	}
	return unpackBlock(front, packed, want)
}
