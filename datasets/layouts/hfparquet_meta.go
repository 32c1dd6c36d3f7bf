package layouts

import (
	"encoding/json"
	"slices"
	"strings"
)

// feature describes a column in the hub's embedded metadata: its kind, and a ClassLabel's names.
type feature struct {
	Type  string
	Names []string
}

// parseFeatures reads the metadata, by column names in the form of columnName. It ignores any text that it does not understand.
func parseFeatures(text string) map[string]feature {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	_ = json.Unmarshal([]byte(text), &meta)
	out := map[string]feature{}
	for name, raw := range meta.Info.Features {
		addFeatures(out, []string{name}, raw, 0)
	}
	return out
}

// addFeatures descends into lists, written with a feature or as [feature], and into structs, whose keys are their fields.
func addFeatures(out map[string]feature, parts []string, raw json.RawMessage, depth int) {
	var list []json.RawMessage
	var fields map[string]json.RawMessage
	var kind string
	var names []string
	switch {
	case depth > 20:
	case json.Unmarshal(raw, &list) == nil && len(list) == 1:
		addFeatures(out, parts, list[0], depth+1)
	case json.Unmarshal(raw, &fields) != nil:
	case json.Unmarshal(fields["_type"], &kind) != nil: // a struct
		for name, inner := range fields {
			addFeatures(out, append(slices.Clip(parts), name), inner, depth+1)
		}
	case fields["feature"] != nil:
		addFeatures(out, parts, fields["feature"], depth+1)
	default:
		_ = json.Unmarshal(fields["names"], &names)
		out[columnName(parts)] = feature{kind, names}
	}
}

func pictureFeatures(features map[string]feature) (names []string) {
	for name, f := range features {
		if f.Type == "Image" && !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// columnName removes from a column's path what lists add to it.
func columnName(parts []string) string {
	var out []string
	for i, p := range parts {
		if i == 0 || !slices.Contains([]string{"list", "element", "item", "array", "bag"}, p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, ".")
}
