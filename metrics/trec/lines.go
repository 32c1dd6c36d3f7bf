package trec

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine keeps a file that is no text from taking all memory.
const maxLine = 1 << 20

// lines reads the fields of a file line by line.
type lines struct {
	name   string
	in     *bufio.Scanner
	number int
	fields [][]byte
}

func newLines(r io.Reader, name string) *lines {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<16), maxLine)
	return &lines{name: name, in: in}
}

// next moves to the next line that is neither empty nor a comment. Its fields are valid until the next
// call.
func (l *lines) next() bool {
	for l.in.Scan() {
		l.number++
		l.fields = appendFields(l.fields[:0], l.in.Bytes())
		if len(l.fields) > 0 && l.fields[0][0] != '#' {
			return true
		}
	}
	return false
}

// end says why there is no next line. It is nil at the end of the file.
func (l *lines) end() error {
	err := l.in.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%s:%d: longer than %d bytes: is it a text file?", l.name, l.number+1, maxLine)
	}
	if err != nil {
		return fmt.Errorf("read %s after line %d: %w", l.name, l.number, err)
	}
	return nil
}

// errorf makes an error that names the file and the line.
func (l *lines) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", l.name, l.number, fmt.Errorf(format, args...))
}

// noNull rejects the byte that would end a name in C.
func (l *lines) noNull() error {
	for _, f := range l.fields {
		if bytes.IndexByte(f, 0) >= 0 {
			return l.errorf("a null byte in %q", f)
		}
	}
	return nil
}

// appendFields splits at the white space of C's isspace, which is ASCII only.
func appendFields(dst [][]byte, line []byte) [][]byte {
	start := -1
	for i, c := range line {
		space := c == ' ' || c >= '\t' && c <= '\r'
		if space && start >= 0 {
			dst, start = append(dst, line[start:i]), -1
		} else if !space && start < 0 {
			start = i
		}
	}
	if start >= 0 {
		dst = append(dst, line[start:])
	}
	return dst
}
