package strictyaml

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/fastclip/fastclip/internal/suggest"
)

// problem is something that does not fit, with its place.
type problem struct {
	at   ast.Node
	text string
}

// misfits are all keys that a struct does not have, and all values of another kind than its fields. Decode
// would stop at the first one.
func misfits(n ast.Node, t reflect.Type) []problem {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if a, ok := n.(*ast.AnchorNode); ok {
		return misfits(a.Value, t)
	}
	if tagged, ok := n.(*ast.TagNode); ok && tagged.Value != nil && slices.Contains([]reflect.Kind{reflect.Struct, reflect.Map, reflect.Slice}, t.Kind()) {
		return misfits(tagged.Value, t)
	}
	if n == nil || n.Type() == ast.NullType || n.Type() == ast.AliasType { // an alias is checked where it is defined
		return nil
	}
	switch {
	case own(t): // reads itself
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Map:
		if m, ok := n.(ast.MapNode); ok {
			return misfitsOf(m, t)
		}
		return []problem{{n, "want keys and values here"}}
	case t.Kind() == reflect.Slice:
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			return []problem{{n, "want a list here"}}
		}
		var out []problem
		for _, v := range list.Values {
			out = append(out, misfits(v, t.Elem())...)
		}
		return out
	}
	if err := yaml.NodeToValue(n, reflect.New(t).Interface()); err != nil || cut(n, t) {
		return []problem{{n, fmt.Sprintf("%s: want %s", n, kind(t))}}
	}
	return nil
}

// cut tells whether a number would lose its fraction, because the decoder turns 1.9 into 1.
func cut(n ast.Node, t reflect.Type) bool {
	if !slices.Contains([]reflect.Kind{reflect.Int, reflect.Int64, reflect.Uint64}, t.Kind()) || t == reflect.TypeFor[time.Duration]() {
		return false
	}
	x, err := strconv.ParseFloat(n.GetToken().Value, 64) // the parser reads 1e-3 as a text
	return err == nil && x != math.Trunc(x)
}

// misfitsOf are the misfits under a mapping's keys.
func misfitsOf(m ast.MapNode, t reflect.Type) (out []problem) {
	for entries := m.MapRange(); entries.Next(); {
		key, value := entries.Key(), entries.Value()
		if key.IsMergeKey() {
			continue
		}
		if t.Kind() == reflect.Map {
			out = append(out, misfits(value, t.Elem())...)
			continue
		}
		names, types := fields(t)
		name := key.GetToken().Value
		if at := slices.Index(names, name); at >= 0 {
			out = append(out, misfits(value, types[at])...)
		} else {
			out = append(out, problem{key, fmt.Sprintf("unknown field %q%s", name, meant(name, names))})
		}
	}
	return out
}

// meant is the key that an unknown one was meant to be, or all of them if they are few.
func meant(name string, names []string) string {
	if hint := suggest.Hint(name, names); hint != "" || len(names) > 8 {
		return hint
	}
	return "; want " + strings.Join(names, ", ")
}

// fields are a struct's keys in a file, with the types of their values.
func fields(t reflect.Type) (names []string, types []reflect.Type) {
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if rest == "inline" {
			n, t := fields(f.Type)
			names, types = append(names, n...), append(types, t...)
		} else if f.IsExported() && name != "" && name != "-" {
			names, types = append(names, name), append(types, f.Type)
		}
	}
	return names, types
}

// own tells whether a type reads itself.
func own(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.InterfaceUnmarshaler]())
}

// kind describes what a file must contain.
func kind(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration such as 10s or 5m"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number that is not negative"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a value, or a list of them"
	}
	return "a text"
}
