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

// Found is what check found, in the form for programs.
type Found struct {
	Suite    string    `json:"suite"`
	Variants int       `json:"variants"`
	Datasets int       `json:"datasets"`
	Problems []problem `json:"problems"`
	Notes    []string  `json:"notes"` // what is unavailable here

	errs []error
}

// problem is a line of an error, with its place in the file where it names one.
type problem struct {
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

var place = regexp.MustCompile(`\[(\d+):(\d+)\] `)

// Add splits an error: a file that cannot be read yields one problem for each line of the error that has a place.
func (c *Found) Add(err error) {
	if err == nil {
		return
	}
	c.errs = append(c.errs, err)
	for line := range strings.SplitSeq(err.Error(), "\n") {
		m := place.FindStringSubmatch(line)
		if m == nil && len(c.Problems) > 0 && place.MatchString(err.Error()) {
			continue // the quoted lines of the file
		}
		p := problem{Message: line}
		if m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Column, _ = strconv.Atoi(m[2])
		}
		c.Problems = append(c.Problems, p)
	}
}

// Err is everything that is wrong, or nil.
func (c *Found) Err() error { return errors.Join(c.errs...) }

// Print prints a JSON object for programs, or else the notes and, if it is so, that nothing is wrong.
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
