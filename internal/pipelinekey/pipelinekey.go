// Package pipelinekey writes and reads keys of pipelines. A key names the stages and what they do: "decode=pillow@13.0.0 colour=mode geometry=squash". Those
// who write keys and those who read tables share it.
package pipelinekey

import "strings"

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

// Changed lists the names of k's stages that differ from base or are missing there.
func (k Key) Changed(base Key) []string {
	var out []string
	for _, s := range k {
		if was, ok := base.Stage(s.Name); !ok || was != s {
			out = append(out, s.Name)
		}
	}
	return out
}
