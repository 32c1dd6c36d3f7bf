package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"
)

// cocoSink writes COCO's files: pictures as test/000000000001.jpg, annotations/captions_test.json and
// annotations/instances_test.json. A set without captions or without labels has only the other file.
// Numbers begin at 1, because pycocotools takes annotation 0 for none. Labels are for whole pictures, and
// so is the box of each instance.
type cocoSink struct {
	dir   string
	e     Options
	shape shape

	categories                  map[string]int
	images, captions, instances *jsonLines
	sets                        int // annotations
}

func newCocoSink(dir string, e Options, s shape) (sink, error) {
	c := &cocoSink{dir: dir, e: e, shape: s, categories: map[string]int{}}
	for i, name := range s.classes {
		c.categories[name] = i + 1
	}
	var errs []error
	for _, to := range []struct {
		list **jsonLines
		name string
	}{{&c.images, "images"}, {&c.captions, "captions"}, {&c.instances, "instances"}} {
		var err error
		*to.list, err = newJSONLines(filepath.Join(dir, to.name+".part"))
		errs = append(errs, err)
	}
	return c, errors.Join(append(errs, os.Mkdir(filepath.Join(dir, e.Split), 0o755), os.Mkdir(filepath.Join(dir, "annotations"), 0o755))...)
}

type cocoImage struct {
	ID      int    `json:"id"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	File    string `json:"file_name"`
	Licence int    `json:"license"`
}

func (c *cocoSink) add(it item) error {
	im := cocoImage{ID: it.number + 1}
	im.File = fmt.Sprintf("%012d%s", im.ID, it.extension)
	size, _, err := image.DecodeConfig(bytes.NewReader(it.data))
	if err != nil && len(it.labels) > 0 {
		return fmt.Errorf("%w: its size cannot be read, and COCO's boxes need it: %w", errCannotHold, err)
	}
	im.Width, im.Height = size.Width, size.Height
	if err := os.WriteFile(filepath.Join(c.dir, c.e.Split, im.File), it.data, 0o644); err != nil {
		return err
	}
	errs := []error{c.images.add(im)}
	for _, text := range it.captions {
		c.sets++
		errs = append(errs, c.captions.add(map[string]any{"id": c.sets, "image_id": im.ID, "caption": text}))
	}
	for _, label := range it.labels {
		c.sets++
		errs = append(errs, c.instances.add(map[string]any{
			"id": c.sets, "image_id": im.ID, "category_id": c.categories[label], "iscrowd": 0, "area": im.Width * im.Height, "bbox": []int{0, 0, im.Width, im.Height},
			"segmentation": [][]int{{0, 0, im.Width, 0, im.Width, im.Height, 0, im.Height}}, // pycocotools wants one
		}))
	}
	return errors.Join(errs...)
}

func (c *cocoSink) close() (string, error) {
	var errs []error
	source := ""
	for _, f := range []struct {
		name        string
		want        bool
		annotations *jsonLines
	}{{"captions", c.shape.captions, c.captions}, {"instances", len(c.shape.classes) > 0, c.instances}} {
		if f.want {
			name := filepath.Join("annotations", f.name+"_"+c.e.Split+".json")
			source += fmt.Sprintf(`%s: "%%s/%s", `, f.name, filepath.ToSlash(name))
			errs = append(errs, c.write(filepath.Join(c.dir, name), f.name == "instances", f.annotations))
		}
	}
	for _, l := range []*jsonLines{c.images, c.captions, c.instances} {
		errs = append(errs, l.remove())
	}
	return fmt.Sprintf(`coco: {%simages: "%%s/%s"}`, source, c.e.Split), errors.Join(errs...)
}

func (c *cocoSink) write(file string, categories bool, annotations *jsonLines) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	fmt.Fprint(w, `{"info": {"description": "written by fastclip datasets convert; boxes are the whole pictures"}, "licenses": []`)
	errs := []error{c.images.copy(w, "images"), annotations.copy(w, "annotations")}
	if categories {
		list := []any{}
		for i, name := range c.shape.classes {
			list = append(list, map[string]any{"id": i + 1, "name": name, "supercategory": ""})
		}
		data, err := json.Marshal(list)
		errs = append(errs, err)
		fmt.Fprintf(w, ",\n\"categories\": %s", data)
	}
	fmt.Fprintln(w, "}")
	return errors.Join(append(errs, w.Flush(), out.Close())...)
}

// jsonLines keeps the elements of a long JSON list in a file.
type jsonLines struct {
	file *os.File
	out  *bufio.Writer
	n    int
}

func newJSONLines(name string) (*jsonLines, error) {
	file, err := os.Create(name)
	return &jsonLines{file: file, out: bufio.NewWriter(file)}, err
}

func (l *jsonLines) add(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if l.n++; l.n > 1 {
		data = append([]byte(",\n"), data...)
	}
	_, err = l.out.Write(data)
	return err
}

// copy writes the list under a key that is not the object's first.
func (l *jsonLines) copy(w io.Writer, key string) error {
	if err := l.out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, ",\n%q: [", key)
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, l.file)
	fmt.Fprint(w, "]")
	return err
}

func (l *jsonLines) remove() error {
	return errors.Join(l.file.Close(), os.Remove(l.file.Name()))
}
