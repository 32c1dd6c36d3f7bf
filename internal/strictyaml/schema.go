package strictyaml

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Rule is what a schema says about a key beyond its type, or about the keys of a struct.
type Rule struct {
	Doc      string   // of a key, in a sentence
	Enum     []string // the only allowed values, for the key or for its list's items
	Examples []string // some of the possible values
	Pattern  string   // of a text
	Min, Max *float64 // of a number
	MinItems int      // of a list
	Required []string // keys of a struct, or of a list's structs
	OneOf    []string // keys of a struct of which exactly one must be given
}

// Between is a rule for a number.
func Between(low, high float64, doc string) Rule { return Rule{Doc: doc, Min: &low, Max: &high} }

// AtLeast is a rule for a number.
func AtLeast(low float64, doc string) Rule { return Rule{Doc: doc, Min: &low} }

// durations are texts as time.ParseDuration takes them.
const durations = `^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*$|^0$`

// exponent matches a number such as 1e-4, which readers of YAML 1.1 take for a text.
const exponent = `^[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$`

// Schema is the JSON Schema of the files that Decode reads into a struct. The name of a rule is the struct's type
// and the key, such as "Suite.timeout", or the type alone. A key without a rule, or a rule without a key, is an
// error, because editors would show outdated help.
func Schema(of any, title string, rules map[string]Rule) ([]byte, error) {
	s := schema{rules: rules, used: map[string]bool{}, defs: map[string]any{}}
	root, err := s.object(reflect.TypeOf(of).Elem())
	if err != nil {
		return nil, err
	}
	for name := range rules {
		if !s.used[name] {
			return nil, fmt.Errorf("schema: rule %s belongs to no key", name)
		}
	}
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", title, s.defs
	return json.MarshalIndent(root, "", "  ")
}

type schema struct {
	rules map[string]Rule
	used  map[string]bool
	defs  map[string]any
}

// object is the schema of a struct.
func (s *schema) object(t reflect.Type) (map[string]any, error) {
	properties := map[string]any{}
	if err := s.properties(t, properties); err != nil {
		return nil, err
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	r := s.rules[t.Name()]
	s.used[t.Name()] = true
	if r.Required != nil {
		out["required"] = r.Required
	}
	var one []any
	for _, key := range r.OneOf {
		one = append(one, map[string]any{"required": []string{key}})
	}
	if one != nil {
		out["oneOf"] = one
	}
	return out, nil
}

func (s *schema) properties(t reflect.Type, into map[string]any) error {
	names, types := fields(t)
	for i, name := range names {
		key := t.Name() + "." + name
		r, ok := s.rules[key]
		if !ok || r.Doc == "" {
			return fmt.Errorf("schema: %s has no description", key)
		}
		s.used[key] = true
		value, err := s.value(types[i], r)
		if err != nil {
			return err
		}
		value["description"] = r.Doc
		into[name] = value
	}
	return nil
}

// value is the schema of what a key holds.
func (s *schema) value(t reflect.Type, r Rule) (map[string]any, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Duration]() {
		return map[string]any{"type": "string", "pattern": durations, "examples": []string{"10s", "5m"}}, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.reference(t, r)
	case reflect.Slice:
		return s.list(t, r)
	case reflect.Map:
		each, err := s.value(t.Elem(), Rule{})
		return map[string]any{"type": "object", "additionalProperties": each}, err
	case reflect.Bool:
		return map[string]any{"type": "boolean"}, nil
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return r.number("integer", t.Kind() == reflect.Uint64), nil
	case reflect.Float64:
		out := r.number("number", false)
		out["type"], out["pattern"] = []string{"number", "string"}, exponent
		return out, nil
	case reflect.String:
		return r.text(), nil
	}
	return nil, fmt.Errorf("schema: no word for a %s", t)
}

func (s *schema) reference(t reflect.Type, r Rule) (map[string]any, error) {
	if s.defs[t.Name()] == nil {
		s.defs[t.Name()] = true // it is in progress
		def, err := s.object(t)
		if err != nil {
			return nil, err
		}
		s.defs[t.Name()] = def
	}
	out := map[string]any{"$ref": "#/$defs/" + t.Name()}
	if r.Required != nil {
		out["required"] = r.Required
	}
	return out, nil
}

func (s *schema) list(t reflect.Type, r Rule) (map[string]any, error) {
	each, err := s.value(t.Elem(), Rule{Enum: r.Enum, Examples: r.Examples, Required: r.Required})
	if err != nil {
		return nil, err
	}
	out := map[string]any{"type": "array", "items": each}
	if r.MinItems > 0 {
		out["minItems"] = r.MinItems
	}
	if own(t) { // a single value stands for a list of one
		return map[string]any{"anyOf": []any{each, out}}, nil
	}
	return out, nil
}

func (r Rule) number(kind string, natural bool) map[string]any {
	out := map[string]any{"type": kind}
	if natural {
		out["minimum"] = 0
	}
	if r.Min != nil {
		out["minimum"] = *r.Min
	}
	if r.Max != nil {
		out["maximum"] = *r.Max
	}
	return out
}

// text allows a text without quotes when it looks like a number.
func (r Rule) text() map[string]any {
	out := map[string]any{"type": []string{"string", "number", "boolean"}}
	if r.Enum != nil {
		out = map[string]any{"enum": r.Enum}
	}
	if r.Examples != nil {
		out["examples"] = r.Examples
	}
	if r.Pattern != "" {
		out["type"], out["pattern"] = "string", r.Pattern
	}
	return out
}
