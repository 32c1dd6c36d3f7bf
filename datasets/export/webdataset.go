package export

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// shardSink writes tar shards in the layout of CLIP_benchmark's build_wds_dataset (1.6.1): test/0.tar and so on, test/nshards.txt and dataset_type.txt. A
// sample is a picture with a txt (one caption per line), or with a cls (the number of a class in classnames.txt). Labels that fit neither are in a json.
type shardSink struct {
	dir   string
	e     Options
	shape shape
	file  *os.File
	tar   *tar.Writer
	count int // number of shards
}

func newShardSink(dir string, e Options, s shape) (sink, error) {
	return &shardSink{dir: dir, e: e, shape: s}, os.Mkdir(filepath.Join(dir, e.Split), 0o755)
}

func (s *shardSink) add(it item) error {
	if it.number%s.e.Shard == 0 {
		if err := s.next(); err != nil {
			return err
		}
	}
	key := fmt.Sprintf("s%07d", it.number)
	if err := s.entry(key+it.extension, it.data); err != nil {
		return err
	}
	if s.shape.captions {
		if err := s.entry(key+".txt", []byte(strings.Join(oneLine(it.captions), "\n"))); err != nil {
			return err
		}
	} else if s.shape.single {
		return s.entry(key+".cls", []byte(strconv.Itoa(it.class)))
	}
	if len(it.labels) == 0 {
		return nil
	}
	data, err := json.Marshal(map[string][]string{"labels": it.labels})
	if err != nil {
		return err
	}
	return s.entry(key+".json", data)
}

// isLineEnd reports whether Python's str.splitlines ends a line at r. CLIP_benchmark splits captions with it.
func isLineEnd(r rune) bool { return strings.ContainsRune("\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029", r) }

func (s *shardSink) entry(name string, data []byte) error {
	if err := s.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Format: tar.FormatUSTAR}); err != nil {
		return err
	}
	_, err := s.tar.Write(data)
	return err
}

func (s *shardSink) next() (err error) {
	if err := s.end(); err != nil {
		return err
	}
	if s.file, err = os.Create(filepath.Join(s.dir, s.e.Split, strconv.Itoa(s.count)+".tar")); err != nil {
		return err
	}
	s.tar = tar.NewWriter(s.file)
	s.count++
	return nil
}

func (s *shardSink) end() error { return endShard(&s.file, s.tar) }

func (s *shardSink) close() (string, error) {
	files := map[string]string{filepath.Join(s.e.Split, "nshards.txt"): strconv.Itoa(s.count), "dataset_type.txt": "classification"}
	if s.shape.captions {
		files["dataset_type.txt"] = "retrieval"
	} else if s.shape.single {
		files["classnames.txt"] = strings.Join(s.shape.classes, "\n")
		files["zeroshot_classification_templates.txt"] = "a photo of a {c}."
	}
	errs := []error{s.end()}
	for name, text := range files {
		errs = append(errs, os.WriteFile(filepath.Join(s.dir, name), []byte(text+"\n"), 0o644))
	}
	shards := "0.tar"
	if s.count > 1 {
		shards = fmt.Sprintf("{0..%d}.tar", s.count-1)
	}
	return fmt.Sprintf(`webdataset: {shards: "%%s/%s/%s"}`, s.e.Split, shards), errors.Join(errs...)
}
