package decode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/testenv"
)

func chunk(kind string, body []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func pngOf(w, h int, depth, colour, interlace byte, raw []byte) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(raw)
	_ = z.Close()
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(w)), uint32(h))
	out := append([]byte(pngSignature), chunk("IHDR", append(head, depth, colour, 0, 0, interlace))...)
	out = append(out, chunk("PLTE", make([]byte, 768))...)
	out = append(out, chunk("IDAT", packed.Bytes())...)
	return append(out, chunk("IEND", nil)...)
}

// smallPNG is 3x3 pixels, more bytes than any kind needs.
func smallPNG(depth, colour, interlace byte) []byte {
	return pngOf(3, 3, depth, colour, interlace, make([]byte, 200))
}

// mendSums gives every chunk the sum that it should have.
func mendSums(data []byte) []byte {
	data = bytes.Clone(data)
	for at := len(pngSignature); at+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[at:]))
		if n > len(data)-at-12 {
			break
		}
		binary.BigEndian.PutUint32(data[at+8+n:], crc32.ChecksumIEEE(data[at+4:at+8+n]))
		at += 12 + n
	}
	return data
}

// headers claim a size of w x h, without the pixels.
func headers(w, h int) map[string][]byte {
	le := func(v, n int) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(v))[:n] }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	jpeg := join([]byte("\xff\xd8\xff\xc0\x00\x11\x08"), []byte{byte(h >> 8), byte(h), byte(w >> 8), byte(w)},
		[]byte("\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"))
	return map[string][]byte{
		"jpeg": jpeg,
		"png":  pngOf(w, h, 8, 6, 0, []byte{0, 1, 2}),
		"gif":  join([]byte("GIF89a"), le(w, 2), le(h, 2), []byte{0, 0, 0, ',', 0, 0, 0, 0}, le(w, 2), le(h, 2), []byte("\x00\x08\x02\x00\x01\x00;")),
		"bmp":  join([]byte("BM"), le(54, 4), le(0, 4), le(54, 4), le(40, 4), le(w, 4), le(h, 4), le(1, 2), le(24, 2), make([]byte, 24), []byte{1, 2, 3}),
		"webp": join([]byte("RIFF\x26\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"), le(w-1, 3), le(h-1, 3), []byte("VP8L\x08\x00\x00\x00\x2f\x00\x00\x00\x00\x00\x00\x00")),
	}
}

func pillowDecoder(t testing.TB) *PillowDecoder {
	paths := PillowLibraries{JPEG: testenv.Library(t, "jpeg")}
	paths.WebP, _ = native.Find("webp")
	paths.WebPDemux, _ = native.Find("webpdemux")
	paths.Deflate, _ = native.Find("deflate")
	paths.Zlib, _ = native.Find("z")
	d, err := NewPillowDecoder(paths)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	return d
}

// taken is the bytes that do allocates.
func taken(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileSizes: a decompression bomb, no pixels at all, and a size that the file cannot
// hold are refused, and the memory that they ask for is not taken.
func TestHostileSizes(t *testing.T) {
	d := pillowDecoder(t)
	for name, files := range map[string]map[string][]byte{
		"decompression bomb": headers(30000, 30000), "": headers(13000, 13000), "size 0x7": zeroed(headers(7, 7)),
	} {
		for format, data := range files {
			var err error
			bytes := taken(func() { _, err = d.Decode(data) })
			require.Error(t, err, "%s %s", format, name)
			if format != "gif" || name != "size 0x7" { // a frame without pixels
				assert.ErrorContains(t, err, name, format)
			}
			if format != "jpeg" || name != "" { // libjpeg fills what ends too early with grey, as Pillow's
				assert.Less(t, bytes, uint64(1<<20), "%s %s", format, name)
			}
		}
	}
}

// zeroed are files that claim to be no pixels wide; WebP cannot say so.
func zeroed(files map[string][]byte) map[string][]byte {
	delete(files, "webp")
	for format, at := range map[string]int{"jpeg": 10, "png": 19, "gif": 18, "bmp": 18} {
		files[format][at] = 0
	}
	files["gif"][6] = 0
	files["png"] = mendSums(files["png"])
	return files
}

// TestContentDecides: the first bytes say what a file is, so that one format's pixels never
// come from another's decoder, and every cut of a whole file is refused.
func TestContentDecides(t *testing.T) {
	d := pillowDecoder(t)
	for format, data := range headers(3, 3) {
		_, err := d.Decode(data)
		assert.ErrorContains(t, err, format+": ", "the decoder that the content names refuses it")
		for n := range data {
			_, err := d.Decode(data[:n])
			assert.Error(t, err, "%s cut to %d bytes", format, n)
		}
	}
	for wrong, want := range map[string]string{
		"GIF89b": "unknown file type", "\x89PNG\r\n\x1b\n": "unknown file type", "\xff\xd8": "unknown file type", "B": "unknown file type",
		"RIFF1234WEBQ1234": "a RIFF file that is not WebP: want", "\x00\x00\x00\x20ftypheic": "such as HEIC", "<svg>": "a text file", "%PDF": "a PDF file: want a JPEG, PNG, WebP, GIF, BMP, AVIF",
	} {
		_, err := d.Decode([]byte(wrong))
		assert.ErrorContains(t, err, want, "%q", wrong)
	}
}

// TestJPEGHeader: what Pillow's own parser refuses, and what it walks past.
func TestJPEGHeader(t *testing.T) {
	const frame = "\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00"
	const scan = "\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
	for segments, want := range map[string]string{
		frame + scan: "",
		"junk\xff\xff\xff\x00" + frame + "\xff\xd0" + scan: "",
		scan: "before the frame header", frame: "truncated", "\xff\x01" + frame + scan: "marker 0x1",
		"\xff\xe0\x00\x06JFIF" + frame + scan:      "JFIF",
		"\xff\xee\x00\x07Adobe" + frame + scan:     "Adobe",
		"\xff\xdb\x00\x05\x00\x01\x01" + frame:     "quantization",
		"\xff\xc0\x00\x08\x08\x00\x02\x00\x03\x02": "2-layer",
		"\xff\xc0\x00\x08\x0c\x00\x02\x00\x03\x01": "12-bit",
		"\xff\xc0\x00\x04\x08\x00":                 "bad frame",
		"\xff\xc0\xff\xff\x08\x00":                 "truncated",
	} {
		var h jpegHeader
		err := h.read([]byte("\xff\xd8" + segments))
		if want != "" {
			assert.ErrorContains(t, err, want, "%q", segments)
			continue
		}
		require.NoError(t, err, "%q", segments)
		assert.Equal(t, []int{3, 2, 1}, []int{h.w, h.h, h.layers})
	}
}

// FuzzDecode: any bytes to a picture and its conversions.
func FuzzDecode(f *testing.F) {
	d := pillowDecoder(f)
	for _, data := range headers(3, 3) {
		f.Add(data)
	}
	f.Add(smallPNG(8, 2, 1))
	f.Add(file(f, smallGIF))
	f.Add(file(f, smallBMP))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<12 {
			return
		}
		p, err := d.Decode(mendSums(data))
		if err != nil || p.W > 1<<18/p.H {
			return
		}
		require.Len(t, p.Pix, p.W*p.H*p.Mode.Channels())
		assert.Len(t, p.RGB().Pix, 3*p.W*p.H)
		assert.Len(t, p.Grey().Pix, p.W*p.H)
	})
}
