package datasets

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// checkFooter sees that the footer fits in the file and is whole: the library believes it.
func checkFooter(r io.ReaderAt, size int64) error {
	end := make([]byte, 8)
	if _, err := r.ReadAt(end, max(0, size-8)); err != nil || size < 12 {
		return fmt.Errorf("no whole parquet file: %d bytes", size)
	}
	footer := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != "PAR1" || footer > min(size-12, maxFooter) {
		return errors.New("no whole parquet file: it ends in no footer")
	}
	if err := checkThrift(io.NewSectionReader(r, size-8-footer, footer), footer); err != nil {
		return fmt.Errorf("a damaged footer: %w", err)
	}
	return nil
}

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
