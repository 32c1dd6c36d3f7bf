package export

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// folderSink writes plain files. A set with captions becomes pictures, each with a .txt of the same name
// and one caption per line, without labels. Other sets get one folder per label: hot_dog, or dog+ball for
// two.
type folderSink struct {
	dir   string
	shape shape
}

func newFolderSink(dir string, _ Options, s shape) (sink, error) {
	for _, c := range s.classes {
		if folder := labelFolderName([]string{c}); !s.captions && (!filepath.IsLocal(folder) || strings.HasPrefix(folder, ".") || strings.ContainsAny(c, "_-+/\\:\x00")) {
			return nil, fmt.Errorf("the label %q cannot be a folder name: reading it back would give another label: use another format", c)
		}
	}
	return &folderSink{dir, s}, nil
}

func labelFolderName(labels []string) string {
	return strings.ReplaceAll(strings.Join(labels, "+"), " ", "_")
}

func (f *folderSink) add(it item) error {
	if f.shape.captions {
		if len(it.captions) == 0 {
			return fmt.Errorf("%w: no captions", errCannotHold)
		}
		file := filepath.Join(f.dir, it.file())
		if err := os.WriteFile(strings.TrimSuffix(file, it.extension)+".txt", []byte(strings.Join(oneLine(it.captions), "\n")+"\n"), 0o644); err != nil {
			return err
		}
		return os.WriteFile(file, it.data, 0o644)
	}
	if err := it.named(); err != nil {
		return err
	}
	folder := filepath.Join(f.dir, labelFolderName(it.labels))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, it.file()), it.data, 0o644)
}

func (f *folderSink) close() (string, error) {
	if f.shape.captions {
		return `captions: {path: "%s"}`, nil
	}
	return `folder: {path: "%s"}`, nil
}

// oneLine puts each caption on one line, even for readers that end lines at every line end of Unicode.
func oneLine(captions []string) []string {
	lines := make([]string, len(captions))
	for i, c := range captions {
		lines[i] = strings.Join(strings.FieldsFunc(c, isLineEnd), " ")
	}
	return lines
}
