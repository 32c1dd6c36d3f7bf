// Package pyjson reads JSON as Python's json writes and reads it.
package pyjson

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// NotUTF8 stands in JSON for a byte that is not UTF-8. It is a noncharacter, which texts do not contain. Values
// that contain it are refused; Python refuses the whole file.
const NotUTF8 = '\ufdd0'

type reader struct {
	in      *bufio.Reader
	out     []byte // that is to be handed on
	inText  bool
	escaped bool
}

// NewReader turns JSON as Python's json reads and writes it into JSON that encoding/json reads: NaN, Infinity and
// -Infinity outside of texts become null, as for pandas' readers.
func NewReader(r io.Reader) io.Reader {
	return &reader{in: bufio.NewReaderSize(r, 64<<10)}
}

// Text does for one whole text what NewReader does.
func Text(data []byte) []byte {
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) && utf8.Valid(data) {
		return data
	}
	out, _ := io.ReadAll(NewReader(bytes.NewReader(data))) // no read fails
	return out
}

func (p *reader) Read(dst []byte) (int, error) {
	for len(p.out) == 0 {
		if err := p.more(); err != nil {
			return 0, err
		}
	}
	n := copy(dst, p.out)
	p.out = p.out[n:]
	return n, nil
}

// more moves the buffered bytes on, up to the last complete character or word.
func (p *reader) more() error {
	_, ended := p.in.Peek(len("-Infinity"))
	if p.in.Buffered() == 0 {
		return ended
	}
	data, err := p.in.Peek(p.in.Buffered())
	if err != nil {
		return err
	}
	p.out = p.out[:0]
	at := 0
	for at < len(data) && (ended != nil || len(data)-at >= len("-Infinity")) {
		at += p.take(data[at:])
	}
	_, err = p.in.Discard(at)
	return err
}

// take passes on one character, or a word that JSON does not have.
func (p *reader) take(data []byte) int {
	b := data[0]
	if b >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			r = NotUTF8
		}
		p.out = utf8.AppendRune(p.out, r)
		p.escaped = false
		return n
	}
	if !p.inText {
		for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
			if bytes.HasPrefix(data, []byte(word)) {
				p.out = append(p.out, "null"...)
				return len(word)
			}
		}
	}
	switch {
	case p.escaped:
		p.escaped = false
	case p.inText && b == '\\':
		p.escaped = true
	case b == '"':
		p.inText = !p.inText
	}
	p.out = append(p.out, b)
	return 1
}

// WholeNumber writes 3.0 and 3e0 as 3, for ids and classes that pandas has made floats.
func WholeNumber(n json.Number) string {
	if _, err := n.Int64(); err == nil {
		return n.String()
	}
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return n.String()
	}
	return strconv.FormatInt(int64(f), 10)
}
