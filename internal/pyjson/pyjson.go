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
	"strings"
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
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		is := "it is"
		if kind.Field != "" {
			is = key(kind.Field, reflect.TypeOf(into)) + " is"
		}
		return fmt.Errorf("%s a JSON %s: want %s%s", is, kind.Value, want(kind.Type), hint)
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

// key is a field's path in the file: the path that json gives also names embedded structs.
func key(path string, t reflect.Type) string {
	var keys []string
	for part := range strings.SplitSeq(path, ".") {
		for t != nil && slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, t.Kind()) {
			t = t.Elem()
		}
		if t == nil || t.Kind() != reflect.Struct {
			keys = append(keys, part)
			continue
		}
		if f, ok := t.FieldByName(part); ok && f.Anonymous {
			t = f.Type
			continue
		}
		keys = append(keys, part)
		f, _ := t.FieldByNameFunc(func(name string) bool {
			f, _ := t.FieldByName(name)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			return tag == part
		})
		t = f.Type
	}
	return strings.Join(keys, ".")
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
