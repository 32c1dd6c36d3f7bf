package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/zlib"
)

// Pillow's MAX_TEXT_CHUNK, that a chunk may become, and MAX_TEXT_MEMORY, that all of a file's texts may take.
const (
	maxText     = 1 << 20
	maxTextSum  = 64 * maxText
	anyMoreText = maxText + 1
)

var (
	errTextMethod = errors.New("unknown compression method")
	errTextSize   = fmt.Errorf("more than %d bytes of text or profile", maxText)
)

// inflateText is a text of at most maxText bytes. What is broken in another way says nothing: nil.
func inflateText(packed []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(r, anyMoreText))
	switch {
	case len(text) > maxText:
		return nil, errTextSize
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF): // one that is cut off counts as far as it goes
		return nil, nil
	}
	return text, nil
}

// pngProfile refuses a colour profile that is packed in an unknown way or too large; else it does not
// matter here, not even whether it can be unpacked.
func pngProfile(body []byte) error {
	_, packed, ok := bytes.Cut(body, []byte{0})
	if !ok { // Pillow takes the first byte for the method then, and there may be none
		packed = body
	}
	if len(packed) == 0 {
		return errors.New("truncated")
	}
	if packed[0] != 0 {
		return errTextMethod
	}
	if packed = packed[1:]; len(packed)*deflateMost <= maxText {
		return nil
	}
	_, err := inflateText(packed)
	return err
}

// countText adds up the texts of a file and refuses what is packed in an unknown way or too large.
func (f *pngFile) countText(kind string, body []byte) error {
	n, err := pngTextLength(kind, body)
	if err != nil {
		return err
	}
	if f.text += n; f.text > maxTextSum {
		return fmt.Errorf("more than %d bytes of text in the file", maxTextSum)
	}
	return nil
}

// pngTextLength is what a text counts; a tEXt or zTXt without a keyword counts nothing.
func pngTextLength(kind string, body []byte) (int, error) {
	key, text, ok := bytes.Cut(body, []byte{0})
	switch kind {
	case "tEXt":
		if len(key) == 0 {
			return 0, nil
		}
		return len(text), nil
	case "zTXt":
		if len(text) > 0 && text[0] != 0 {
			return 0, errTextMethod
		}
		plain, err := inflateText(text[min(1, len(text)):])
		if len(key) == 0 {
			return 0, err
		}
		return len(plain), err
	}
	parts := bytes.SplitN(text[min(2, len(text)):], []byte{0}, 3) // language, translated keyword, text
	if !ok || len(parts) < 3 {
		return 0, nil
	}
	plain := parts[2]
	if text[0] != 0 {
		if text[1] != 0 {
			return 0, nil
		}
		var err error
		if plain, err = inflateText(plain); err != nil || plain == nil {
			return 0, err
		}
	}
	for _, part := range [][]byte{parts[0], parts[1], plain} {
		if !utf8.Valid(part) {
			return 0, nil
		}
	}
	return utf8.RuneCount(plain), nil
}
