package modeldir

import (
	"path"
	"slices"
	"strings"
)

// settings are the endings of files that configure something.
var settings = []string{".json", ".jinja", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".txt", ".py"}

// notUsed records a file of settings that has no effect on embeddings.
func (r *reader) notUsed(p string) {
	name := strings.ToLower(path.Base(p))
	if !slices.Contains(settings, path.Ext(name)) || name == "card.json" {
		return
	}
	why := "says nothing that is read"
	switch {
	case strings.Contains(name, "video"):
		why = "is of videos"
	case strings.HasPrefix(name, "chat_template"):
		why = "is of chats"
	case strings.HasPrefix(name, "generation_config"):
		why = "is of texts that a model writes"
	case strings.HasSuffix(name, ".index.json"):
		why = "lists weights"
	case path.Ext(name) == ".py":
		why = "is code, which is not run"
	}
	r.out.NotUsed = append(r.out.NotUsed, p+" "+why)
}
