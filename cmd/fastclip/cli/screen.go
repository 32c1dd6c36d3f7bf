package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Terminal reports whether w is a terminal, and its width. Wrappers must offer the writer that they wrap.
func Terminal(w io.Writer) (columns int, ok bool) {
	for {
		u, wraps := w.(interface{ Unwrap() io.Writer })
		if !wraps {
			break
		}
		w = u.Unwrap()
	}
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, true
}

// Colour reports whether to print colours to w: on a terminal, unless NO_COLOR turns them off (https://no-color.org).
func Colour(w io.Writer) bool {
	_, ok := Terminal(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Progress wraps w for package progress, which can overwrite lines on a terminal.
func Progress(w io.Writer) io.Writer {
	columns, ok := Terminal(w)
	if !ok || columns < 20 || os.Getenv("TERM") == "dumb" {
		return w
	}
	return screen{w, columns}
}

type screen struct {
	io.Writer
	columns int
}

// Columns is the width of the terminal.
func (s screen) Columns() int { return s.columns }
