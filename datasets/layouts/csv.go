package layouts

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/fastclip/fastclip/datasets"
)

// csvReader reads records as Python's csv does by its defaults, which is RFC 4180 where a file keeps
// to that: a quote opens a field only as its first character, and what follows a closing quote is
// text. Other than Python, it refuses a quote that nothing closes, and reads on in the next line.
type csvReader struct {
	in    *bufio.Reader
	comma byte
	line  int // of the next byte, from 1
}

func newCSVReader(r io.Reader, comma byte) *csvReader {
	return &csvReader{in: bufio.NewReader(r), comma: comma, line: 1}
}

// csvError is about one record. The next one can still be read.
type csvError struct {
	line int
	why  string
}

func (e *csvError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.why) }

// States of a record that is being read.
const (
	fieldStart = iota
	inField
	inQuotes
	afterQuote
)

// read gives the next record that is not an empty line, and the line that it begins in.
func (c *csvReader) read() (cells []string, line int, err error) {
	line = c.line
	var field, raw []byte // raw: all bytes of the record, to read them anew
	state := fieldStart
	for {
		b, err := c.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && state == inQuotes, err == nil && len(raw) >= datasets.MaxLine && state == inQuotes:
			return nil, line, c.unclosed(append(raw, rest(b, err)...), line)
		case errors.Is(err, io.EOF) && len(raw) > 0:
			return append(cells, string(field)), line, nil
		case err != nil:
			return nil, line, err
		case len(raw) >= datasets.MaxLine:
			return nil, line, errors.Join(&csvError{line, datasets.ErrLongLine.Error()}, c.skipLine(b))
		}
		raw = append(raw, b)
		ended := b == '\n' || b == '\r'
		if b == '\n' {
			c.line++
		}
		switch {
		case state == inQuotes && b == '"':
			state = afterQuote
		case state == inQuotes:
			field = append(field, b)
		case ended:
			if err := c.lineFeed(b); err != nil {
				return nil, line, err
			}
			if len(raw) == 1 { // an empty line
				raw, line = raw[:0], c.line
				continue
			}
			return append(cells, string(field)), line, nil
		case b == c.comma:
			cells, field, state = append(cells, string(field)), field[:0], fieldStart
		case state == fieldStart && b == '"':
			state = inQuotes
		case state == afterQuote && b == '"':
			field, state = append(field, b), inQuotes
		default:
			field, state = append(field, b), inField
		}
	}
}

func rest(b byte, err error) []byte {
	if err != nil {
		return nil
	}
	return []byte{b}
}

// lineFeed reads the second half of a line end.
func (c *csvReader) lineFeed(b byte) error {
	if b != '\r' {
		return nil
	}
	if next, err := c.in.Peek(1); err == nil && next[0] == '\n' {
		_, err = c.in.Discard(1)
		c.line++
		return err
	}
	c.line++
	return nil
}

// unclosed goes back to the line after the one in which the record began.
func (c *csvReader) unclosed(raw []byte, line int) error {
	first, behind := len(raw), len(raw)
	if at := bytes.IndexAny(raw, "\r\n"); at >= 0 {
		first, behind = at, at+1
		if bytes.HasPrefix(raw[at:], []byte("\r\n")) {
			behind++
		}
	}
	c.in = bufio.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(raw[behind:])), c.in))
	c.line = line + 1
	return &csvError{line, fmt.Sprintf("a quote is not closed: %.80q: double the quote, or quote the whole cell", raw[:first])}
}

// skipLine reads past the rest of a line.
func (c *csvReader) skipLine(b byte) error {
	for b != '\n' {
		var err error
		if b, err = c.in.ReadByte(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
	c.line++
	return nil
}
