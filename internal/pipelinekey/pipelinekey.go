// Package pipelinekey writes and reads the key of a pipeline, which names its stages and what they do:
// "decode=pillow@13.0.0 colour=mode geometry=squash". Whoever writes keys and whoever reads tables share it.
package pipelinekey

import "strings"

// Stage is one part of a key. Value may contain spaces, and a version after an @.
type Stage struct{ Name, Value string }

// What is the value without its version.
func (s Stage) What() string {
	what, _, _ := strings.Cut(s.Value, "@")
	return what
}

// Key is the stages in order.
type Key []Stage

// String is the key as tables store it.
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

// Stage is the stage with the given name; ok is false if there is none.
func (k Key) Stage(name string) (s Stage, ok bool) {
	for _, s := range k {
		if s.Name == name {
			return s, true
		}
	}
	return Stage{}, false
}

// What is what the stage of a name does, without its version; "" where the key has none.
func (k Key) What(name string) string {
	s, _ := k.Stage(name)
	return s.What()
}

// Changed are the names of k's stages that are different or missing in base.
func (k Key) Changed(base Key) []string {
	var out []string
	for _, s := range k {
		if was, ok := base.Stage(s.Name); !ok || was != s {
			out = append(out, s.Name)
		}
	}
	return out
}
