package check

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

// Found is the result of check, in the form of its JSON output.
type Found struct {
	Suite    string    `json:"suite"`
	Variants int       `json:"variants"`
	Datasets int       `json:"datasets"`
	Problems []problem `json:"problems"`
	Notes    []string  `json:"notes"` // what is unavailable on this machine

	errs []error
}

// problem is a line of an error, with its position in the file if it has one.
type problem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

var place = regexp.MustCompile(`\[(\d+):(\d+)\] `)

// Add splits an error. A file with faults yields one problem for each line of the error that has a position.
func (c *Found) Add(err error) {
	if err == nil {
		return
	}
	c.errs = append(c.errs, err)
	for line := range strings.SplitSeq(err.Error(), "\n") {
		m := place.FindStringSubmatch(line)
		if m == nil && len(c.Problems) > 0 && place.MatchString(err.Error()) {
			continue // skips the quoted lines of the file
		}
		p := problem{Message: line}
		if m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Column, _ = strconv.Atoi(m[2])
		}
		c.Problems = append(c.Problems, p)
	}
}

// Err returns all problems as one error, or nil.
func (c *Found) Err() error { return errors.Join(c.errs...) }

// Print prints JSON, or else the notes and, if there are no problems, a line that says so.
func (c *Found) Print(w io.Writer, asJSON bool) error {
	if asJSON {
		c.Problems, c.Notes = append([]problem{}, c.Problems...), append([]string{}, c.Notes...)
		return cli.WriteJSON(w, c)
	}
	for _, note := range c.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
	if len(c.errs) > 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s: %s and %s, nothing wrong\n", c.Suite, count(c.Variants, "variant"), count(c.Datasets, "dataset"))
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
