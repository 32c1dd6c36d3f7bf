// Package strictyaml reads the project's YAML files: suites and policies. An unknown key is an error, and
// errors name line and column.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
)

// Decode fills the struct that into points to. After an error, its content is undefined.
func Decode(data []byte, into any) (err error) {
	// The library dereferences nil on some tags (go-yaml v1.19.2, a "!x" where a list is wanted).
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a YAML file that can be read: %v", p)
		}
	}()
	if err := fits(data, into); err != nil {
		return err
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	} else if err != nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

// Values is the content of a file that Decode has read, by key, with merged keys and aliases in place.
func Values(data []byte) (out map[string]any) {
	defer func() { _ = recover() }() // as for Decode
	if yaml.Unmarshal(data, &out) != nil {
		return nil
	}
	return out
}

// fits reports all keys and values that do not fit, each with its place. The decoder reports what is no
// YAML at all.
func fits(data []byte, into any) error {
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil
	}
	var found []problem
	whole := 0
	for _, doc := range f.Docs {
		if doc.Body != nil {
			if whole++; whole > 1 { // the decoder would leave it out
				found = append(found, problem{doc.Body, "a second document: everything must stand in one, without a line of ---"})
			}
			found = append(found, misfits(doc.Body, reflect.TypeOf(into))...)
		}
	}
	if len(found) == 1 {
		return errors.New(strings.TrimSpace(yaml.FormatErrorWithToken(found[0].text, found[0].at.GetToken(), false, true)))
	}
	var errs []error
	for _, p := range found {
		pos := p.at.GetToken().Position
		errs = append(errs, fmt.Errorf("[%d:%d] %s", pos.Line, pos.Column, p.text))
	}
	return errors.Join(errs...)
}

// Position is "[line:column] " for a YAML path such as $.variants[2].name; empty if the path is not in the file.
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
