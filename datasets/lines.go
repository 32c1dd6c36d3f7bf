package datasets

import (
	"bufio"
	"errors"
	"io"
	"iter"
)

// MaxLine is the largest length in bytes of a line, or of an entry of a JSON file. Longer ones are refused.
const MaxLine = 1 << 20

var ErrLongLine = errors.New("the line is longer than 1 MiB")

// Lines yields the lines of r without line ends. A line that is too long yields errLongLine in its place; any
// other error ends the sequence.
func Lines(r io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		in := bufio.NewReader(r)
		for {
			line, err := readLine(in)
			ended := err != nil && !errors.Is(err, ErrLongLine)
			if errors.Is(err, io.EOF) {
				if line == "" {
					return
				}
				err = nil
			}
			if !yield(line, err) || ended {
				return
			}
		}
	}
}

// readLine skips a line that is too long without keeping it in memory.
func readLine(in *bufio.Reader) (string, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > MaxLine; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && (err == nil || errors.Is(err, io.EOF)) {
			err = ErrLongLine
		}
		for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
			line = line[:len(line)-1]
		}
		return string(line), err
	}
}
