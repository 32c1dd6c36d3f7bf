// Package pyjson reads JSON as Python's json module does: it also takes the bare words NaN, Infinity and -Infinity,
// which json.dumps writes.
package pyjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// bareWords matches the three words, and strings, where they are only text.
var bareWords = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b`)

// Unmarshal is json.Unmarshal. A bare word becomes a string, so it does no harm in a value that nobody reads; where
// a number is wanted it is an error. Errors about a value name its key.
func Unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	syntax, hint := (*json.SyntaxError)(nil), ""
	if errors.As(err, &syntax) && (bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Infinity"))) {
		if again := json.Unmarshal(quoted(data), into); !errors.As(again, &syntax) {
			err, hint = again, "; NaN and Infinity are no numbers here"
		}
	}
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) && kind.Field != "" {
		return fmt.Errorf("%s is a JSON %s: want %s%s", kind.Field, kind.Value, want(kind.Type), hint)
	}
	return err
}

// quoted puts quotes around bare words.
func quoted(data []byte) []byte {
	return bareWords.ReplaceAllFunc(data, func(found []byte) []byte {
		if found[0] == '"' {
			return found
		}
		return slices.Concat([]byte{'"'}, found, []byte{'"'})
	})
}

// want describes what a key must hold.
func want(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "a text"
	}
	return "an object"
}
