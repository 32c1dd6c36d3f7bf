// Package formats finds the way to write a format by the format's name.
package formats

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknown is the error for a format that a list does not have.
var ErrUnknown = errors.New("unknown format")

// List is what can be written, in the order in which it is offered. F writes a format.
type List[F any] []struct {
	Name  string
	Write F
}

// Names are the names of all formats.
func (l List[F]) Names() []string {
	var out []string
	for _, f := range l {
		out = append(out, f.Name)
	}
	return out
}

// Find returns what writes a format. The error is ErrUnknown and names the formats.
func (l List[F]) Find(name string) (F, error) {
	for _, f := range l {
		if f.Name == name {
			return f.Write, nil
		}
	}
	var none F
	return none, fmt.Errorf("%w %q: want one of %s", ErrUnknown, name, strings.Join(l.Names(), ", "))
}
