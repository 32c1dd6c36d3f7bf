package decode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/testenv"
)

// systemZlib is the system's; the test is skipped where there is none, as under an emulator.
func systemZlib(t testing.TB) *inflate.Zlib {
	z, err := inflate.OpenZlib(testenv.Library(t, "z"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, z.Close()) })
	return z
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// grey4x5 are five rows of four grey pixels, 1, 11, 21 ...
func grey4x5() (raw []byte) {
	for y := range 5 {
		raw = append(raw, 0)
		raw = append(raw, bytes.Repeat([]byte{byte(10*y + 1)}, 4)...)
	}
	return raw
}

// png4x5 is grey4x5 with other chunks before, between and after.
func png4x5(before string, idats [][]byte, after string) []byte {
	out := pngSignature + string(chunk("IHDR", []byte("\x00\x00\x00\x04\x00\x00\x00\x05\x08\x00\x00\x00\x00"))) + before
	for _, body := range idats {
		out += string(chunk("IDAT", body))
	}
	return []byte(out + after)
}

// TestPNGLikePillow: what Pillow 13 was seen to take and to refuse.
func TestPNGLikePillow(t *testing.T) {
	z := packed(grey4x5())
	broken := append(bytes.Clone(z[:len(z)-1]), z[len(z)-1]^1)
	four := packed(grey4x5()[:20])
	c := func(kind, body string) string { return string(chunk(kind, []byte(body))) }
	whole, end := [][]byte{z}, c("IEND", "")
	wrong := func(chunk string) string { return chunk[:len(chunk)-1] + "?" }
	text := func(n int) string { return string(packed(make([]byte, n))) }
	most := c("zTXt", "k\x00\x00"+text(1<<20))
	control := func(n, w, h, x, y byte) string {
		return c("fcTL", string([]byte{0, 0, 0, n, 0, 0, 0, w, 0, 0, 0, h, 0, 0, 0, x, 0, 0, 0, y})+"\x00\x00\x00\x00\x00\x00")
	}
	ways := map[string]*inflate.Zlib{"Go": nil, "zlib": systemZlib(t)}
	for name, test := range map[string]struct {
		data []byte
		want string // "": taken
	}{
		"no end":                               {png4x5("", whole, ""), ""},
		"a second header":                      {png4x5(c("IHDR", "\x00\x00\x00\x04\x00\x00\x00\x05\x08\x00\x00\x00\x00"), whole, end), ""},
		"a second header, the first too large": {[]byte(pngSignature + c("IHDR", "\xff\xff\xff\xff\x00\x00\x00\x05\x08\x00\x00\x00\x00") + string(png4x5("", whole, end)[8:])), ""},
		"a palette behind the pixels":          {[]byte(pngSignature + c("IHDR", "\x00\x00\x00\x04\x00\x00\x00\x05\x08\x03\x00\x00\x00") + c("tRNS", "\x00") + string(chunk("IDAT", z)) + c("PLTE", "abc") + end), "without a palette"},
		"wrong sum of the pixels' chunk":       {[]byte(strings.Replace(string(png4x5("", whole, end)), string(chunk("IDAT", z)), wrong(string(chunk("IDAT", z))), 1)), ""},
		"wrong sum before the pixels":          {png4x5(wrong(c("tEXt", "a\x00b")), whole, end), "checksum"},
		"wrong sum after the pixels":           {png4x5("", whole, wrong(c("tEXt", "a\x00b"))+end), ""},
		"wrong Adler-32":                       {png4x5("", [][]byte{broken}, end), "checksum"},
		"wrong Adler-32 in the next chunk":     {png4x5("", [][]byte{broken[:len(z)-4], broken[len(z)-4:]}, end), ""},
		"no Adler-32":                          {png4x5("", [][]byte{z[:len(z)-4]}, end), ""},
		"more pixels than needed":              {png4x5("", [][]byte{packed(append(grey4x5(), 1, 2, 3))}, end), ""},
		"a row less, ended well":               {png4x5("", [][]byte{four}, end), ""},
		"a row less, sum in the next chunk":    {png4x5("", [][]byte{four[:len(four)-4], four[len(four)-4:]}, end), "truncated"},
		"part of a row less":                   {png4x5("", [][]byte{packed(grey4x5()[:22])}, end), "truncated"},
		"nothing":                              {png4x5("", [][]byte{packed(nil)}, end), "truncated"},
		"text between the pixels":              {png4x5("", [][]byte{z[:9]}, c("tEXt", "a\x00b")+string(chunk("IDAT", z[9:]))+end), "truncated"},
		"unknown chunk, cut off after":         {png4x5("", whole, "\x00\x00\x01\x00abCd"), "truncated"},
		"no chunk after":                       {png4x5("", whole, "\x00\x00\x01\x00a-Cd"), ""},
		"no chunk before":                      {png4x5(c("a-Cd", ""), whole, end), "broken file"},
		"text of a mebibyte":                   {png4x5(most, whole, end), ""},
		"more text":                            {png4x5(c("zTXt", "k\x00\x00"+text(1<<20+1)), whole, end), "text"},
		"more text after":                      {png4x5("", whole, c("iTXt", "k\x00\x01\x00\x00\x00"+text(1<<20+1))+end), "text"},
		"more profile":                         {png4x5(c("iCCP", "k\x00\x00"+text(1<<20+1)), whole, end), "profile"},
		"text packed in an unknown way":        {png4x5(c("zTXt", "k\x00\x01"+text(5)), whole, end), "compression method"},
		"64 MiB of text":                       {png4x5(strings.Repeat(most, 64), whole, end), ""},
		"a byte more":                          {png4x5(strings.Repeat(most, 64)+c("tEXt", "k\x00a"), whole, end), "bytes of text in the file"},
		"a short gamma":                        {png4x5(c("gAMA", "abc"), whole, end), "truncated"},
		"frame of the whole":                   {png4x5(control(0, 4, 5, 0, 0), whole, end), ""},
		"frame outside":                        {png4x5(control(0, 4, 5, 1, 0), whole, end), "leaves the picture"},
		"frames out of order":                  {png4x5(control(1, 4, 5, 0, 0), whole, end), "numbers"},
	} {
		for way, zlib := range ways {
			p, name := &picture.Picture{}, name+" by "+way
			err := decodePNG(test.data, p, nil, zlib)
			switch {
			case test.want == "checksum" && zlib != nil:
				assert.Error(t, err, name)
				continue
			case test.want != "":
				assert.ErrorContains(t, err, test.want, name)
				continue
			}
			require.NoError(t, err, name)
			last := byte(41)
			if strings.HasPrefix(name, "a row less") {
				last = 0
			}
			assert.Equal(t, []byte{1, 31, last}, []byte{p.Pix[0], p.Pix[12], p.Pix[19]}, name)
		}
	}
}

// TestPNGFrame: a frame control before the pixels says where they go.
func TestPNGFrame(t *testing.T) {
	control := make([]byte, 26)
	for i, v := range []uint32{0, 2, 2, 1, 3} {
		binary.BigEndian.PutUint32(control[4*i:], v)
	}
	p := &picture.Picture{}
	require.NoError(t, decodePNG(png4x5(string(chunk("fcTL", control)), [][]byte{packed([]byte{0, 7, 8, 0, 9, 10})}, ""), p, nil, nil))
	assert.Equal(t, append(make([]byte, 12), 0, 7, 8, 0, 0, 9, 10, 0), p.Pix)
}

// TestPNGInterlaceMethods: any method but 0 is Adam7.
func TestPNGInterlaceMethods(t *testing.T) {
	want := &picture.Picture{}
	require.NoError(t, decodePNG(pngOf(3, 3, 8, 0, 1, packedRows(3)), want, nil, nil))
	for _, method := range []byte{2, 7, 255} {
		p := &picture.Picture{}
		require.NoError(t, decodePNG(pngOf(3, 3, 8, 0, method, packedRows(3)), p, nil, nil))
		assert.Equal(t, want.Pix, p.Pix)
	}
}

// packedRows are the rows of a w x w grey picture's passes, more than enough.
func packedRows(w int) []byte {
	out := make([]byte, 20*w)
	for i := range out {
		out[i] = byte(i % 2)
	}
	return out
}
