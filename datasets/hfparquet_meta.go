package datasets

import (
	"encoding/json"
	"slices"
	"strings"
)

// feature is a column's description in the metadata that the hub's files embed.
type feature struct {
	Type    string          `json:"_type"`
	Names   []string        `json:"names"`
	Feature json.RawMessage `json:"feature"`
}

// parseFeatures reads the metadata's text; any other text is as good as none.
func parseFeatures(text string) map[string]feature {
	var meta struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	_ = json.Unmarshal([]byte(text), &meta)
	out := map[string]feature{}
	for name, raw := range meta.Info.Features {
		var f, inner feature
		_ = json.Unmarshal(raw, &f)
		if json.Unmarshal(f.Feature, &inner) == nil && inner.Type == "ClassLabel" {
			f = inner
		}
		out[name] = f
	}
	return out
}

func pictureFeatures(features map[string]feature) (names []string) {
	for name, f := range features {
		if f.Type == "Image" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// columnName leaves out what lists add to a column's path.
func columnName(parts []string) string {
	var out []string
	for i, p := range parts {
		if i == 0 || !slices.Contains([]string{"list", "element", "item", "array", "bag"}, p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, ".")
}
