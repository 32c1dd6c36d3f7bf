package suite

import "github.com/fastclip/fastclip/internal/strictyaml"

// Place begins a message about a "variant" or a "dataset" with its place in the file, "my.yaml: [8:12] ".
// A suite of the program's own, or from no file, has none.
func (s *Suite) Place(kind, name string) string {
	path, ok := s.places[kind+" "+name]
	if !ok {
		return ""
	}
	return s.file + ": " + strictyaml.Position(s.Source, path)
}
