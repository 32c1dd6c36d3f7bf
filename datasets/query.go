package datasets

import "strings"

// Label names a thing that a picture shows.
type Label struct {
	Name    string
	Article string // "a", "an", or "" for none
}

// Query asks for a picture with all labels: "a photo of a X", "a photo of a X and a Y", "a photo of a X, a Y and a Z".
func Query(labels ...Label) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = strings.TrimSpace(l.Article + " " + l.Name)
	}
	return "a photo of " + Enumerate(parts)
}

// Enumerate joins parts with commas and a final "and".
func Enumerate(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// guessArticle returns "an" before a vowel, otherwise "a".
func guessArticle(name string) string {
	if name != "" && strings.ContainsRune("aeiou", rune(strings.ToLower(name)[0])) {
		return "an"
	}
	return "a"
}
