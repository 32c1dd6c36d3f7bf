package suite

import "github.com/fastclip/fastclip/internal/strictyaml"

// Place is the start of a message about a "variant" or a "dataset": its place in the file, such as "my.yaml:
// [8:12] ". It is empty for embedded suites and suites without a file.
func (s *Suite) Place(kind, name string) string {
	path, ok := s.places[kind+" "+name]
	if !ok {
		return ""
	}
	return s.file + ": " + strictyaml.Position(s.Source, path)
}
