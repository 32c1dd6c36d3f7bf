package cli

import (
	"encoding/json"
	"io"
)

// WriteJSON prints a value as JSON.
func WriteJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
