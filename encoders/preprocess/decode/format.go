package decode

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// FormatOf is the format that a file's first bytes show: JPEG, PNG, GIF, BMP, WebP, one that the helper decodes,
// or "".
func FormatOf(data []byte) string {
	if own := ownFormat(data); own != "" {
		return own
	}
	f, _ := other(data)
	return f.name
}

// ownFormat is FormatOf those that are decoded here.
func ownFormat(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "JPEG"
	case bytes.HasPrefix(data, []byte(pngSignature)):
		return "PNG"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return "GIF"
	case bytes.HasPrefix(data, []byte("BM")):
		return "BMP"
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "WebP"
	}
	return ""
}

// CheckName refuses a file whose extension belongs to another format than its first bytes show. An extension of no
// known format is accepted.
func CheckName(name string, data []byte) error {
	want := ""
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".jpe", ".jfif":
		want = "JPEG"
	case ".png", ".apng":
		want = "PNG"
	case ".gif":
		want = "GIF"
	case ".bmp", ".dib":
		want = "BMP"
	case ".webp":
		want = "WebP"
	}
	for _, f := range otherFormats() {
		if slices.Contains(strings.Fields(f.extensions), strings.ToLower(filepath.Ext(name))) {
			want = f.name
		}
	}
	if is := FormatOf(data); is != "" && want != "" && is != want {
		return fmt.Errorf("named as a %s file, but it is %s", want, is)
	}
	return nil
}
