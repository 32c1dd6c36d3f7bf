// Package strictyaml reads the project's YAML files: suites and policies. An unknown key is an
// error, and errors say line and column.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// Decode fills the struct that into points to. What it holds after an error is undefined.
func Decode(data []byte, into any) (err error) {
	// The library dereferences nil on some tags (go-yaml v1.19.2, a "!x" where a list is wanted).
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a YAML file that can be read: %v", p)
		}
	}()
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); err != nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

// Position is "[line:column] " of a YAML path such as $.variants[2].name, or nothing when it is
// not in the file.
func Position(data []byte, path string) string {
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return ""
	}
	p, err := yaml.PathString(path)
	if err != nil {
		return ""
	}
	node, err := p.FilterFile(f)
	if err != nil || node == nil || node.GetToken() == nil {
		return ""
	}
	pos := node.GetToken().Position
	return fmt.Sprintf("[%d:%d] ", pos.Line, pos.Column)
}
