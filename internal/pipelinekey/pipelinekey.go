// Package pipelinekey writes and reads keys of pipelines. A key names the stages and what they do: "decode=pillow@13.0.0 colour=mode geometry=squash". Those
// who write keys and those who read tables share it.
package pipelinekey

import (
	"slices"
	"strings"
)

// Stage is one part of a key. Value may contain spaces, and a version after an @.
type Stage struct{ Name, Value string }

// What returns the value without its version.
func (s Stage) What() string {
	what, _, _ := strings.Cut(s.Value, "@")
	return what
}

// Key lists the stages in order.
type Key []Stage

// String returns the key as tables store it.
func (k Key) String() string {
	parts := make([]string, len(k))
	for i, s := range k {
		parts[i] = s.Name + "=" + s.Value
	}
	return strings.Join(parts, " ")
}

// Parse reads a key. A word that names no stage belongs to the value before it.
func Parse(text string) Key {
	var k Key
	for word := range strings.FieldsSeq(text) {
		name, value, ok := strings.Cut(word, "=")
		switch {
		case ok && isName(name):
			k = append(k, Stage{name, value})
		case len(k) > 0:
			k[len(k)-1].Value += " " + word
		}
	}
	return k
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_-") == ""
}

// Stage returns the stage with the given name; ok is false if there is none.
func (k Key) Stage(name string) (s Stage, ok bool) {
	for _, s := range k {
		if s.Name == name {
			return s, true
		}
	}
	return Stage{}, false
}

// What returns what a stage does, without its version, or "" if the key has no such stage.
func (k Key) What(name string) string {
	s, _ := k.Stage(name)
	return s.What()
}

// Changed lists the names of the stages by which k differs from base, in the pipeline's order: stages with
// another value, stages that only one of the two has, and stages at another place.
func (k Key) Changed(base Key) []string {
	var out []string
	rest := base // what follows the last stage that both have in this order
	for _, s := range k {
		at := slices.IndexFunc(rest, func(b Stage) bool { return b.Name == s.Name })
		if at >= 0 {
			out, rest = append(out, rest[:at].without(k)...), rest[at+1:]
		}
		if was, ok := base.Stage(s.Name); !ok || was != s || at < 0 {
			out = append(out, s.Name)
		}
	}
	return append(out, rest.without(k)...)
}

// without lists the names of k's stages that other lacks.
func (k Key) without(other Key) (out []string) {
	for _, s := range k {
		if _, ok := other.Stage(s.Name); !ok {
			out = append(out, s.Name)
		}
	}
	return out
}
