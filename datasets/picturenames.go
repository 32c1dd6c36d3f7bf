package datasets

import (
	"bytes"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// pictureExtensions are those that Hugging Face's imagefolder takes for pictures (datasets 5.2), which
// are Pillow's, and those that it lacks and cameras, browsers or Pillow itself write.
var pictureExtensions = strings.Fields(`
	.blp .bmp .dib .bufr .cur .pcx .dcx .dds .ps .eps .fit .fits .fli .flc .ftc .ftu .gbr .gif .grib .png .apng
	.jp2 .j2k .jpc .jpf .jpx .j2c .icns .ico .im .iim .tif .tiff .jfif .jpe .jpg .jpeg .mpg .mpeg .msp .pcd .pxr .pbm .pgm
	.ppm .pnm .psd .bw .rgb .rgba .sgi .ras .tga .icb .vda .vst .webp .wmf .emf .xbm .xpm
	.avif .avifs .heic .pfm .pjpeg .qoi`)

// IsPicture decides by the name alone.
func IsPicture(name string) bool {
	return slices.Contains(pictureExtensions, strings.ToLower(path.Ext(name)))
}

// texts are files that lie beside pictures and are looked at no further.
var texts = []string{".txt", ".json", ".csv", ".tsv", ".md", ".yaml", ".yml", ".xml", ".html", ".npy", ".npz", ".py"}

// LooksLikePicture decides by a file's first bytes, for names that do not tell.
func LooksLikePicture(head []byte) bool {
	for _, magic := range []string{
		"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF87a", "GIF89a", "II*\x00", "MM\x00*",
		"\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51", "\x00\x00\x01\x00",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	at := func(from, to int, want string) bool { return len(head) >= to && string(head[from:to]) == want }
	return at(0, 4, "RIFF") && at(8, 12, "WEBP") ||
		at(0, 2, "BM") && at(6, 10, "\x00\x00\x00\x00") ||
		at(4, 8, "ftyp") && len(head) >= 12 && slices.Contains([]string{"avif", "avis", "heic", "mif1"}, string(head[8:12]))
}

// HeadBytes is the number of bytes that LooksLikePicture needs.
const HeadBytes = 16

// sniff is IsPicture. For names that do not tell, the first bytes decide.
func (p *PictureDir) sniff(name string) bool {
	if IsPicture(name) {
		return true
	}
	if slices.Contains(texts, strings.ToLower(path.Ext(name))) {
		return false
	}
	if info, err := p.Stat(name); err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := p.open(filepath.FromSlash(name))
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, HeadBytes)
	n, _ := io.ReadFull(file, head) // short files have short heads
	return LooksLikePicture(head[:n])
}

// OtherThan names the kind of a file that is not a picture, for an account.
func OtherThan(name string) string {
	base := path.Base(name)
	switch extension := strings.ToLower(path.Ext(base)); {
	case strings.HasPrefix(base, "."):
		return "hidden"
	case extension == "":
		return "no extension"
	default:
		return extension
	}
}
