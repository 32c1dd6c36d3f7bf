package finished

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/redact"
	"github.com/fastclip/fastclip/internal/store"
)

// SuiteFile is the run's own copy of its suite. It tells what was run, even years later, and where the pictures
// are. It holds no passwords or keys.
const SuiteFile = "suite.yaml"

// WriteSuite writes SuiteFile.
func WriteSuite(dir string, s *suite.Suite) error {
	secrets := s.Defaults.Secrets()
	for _, v := range s.Variants {
		secrets = append(secrets, v.Secrets()...)
	}
	source := redact.Text(redact.Secrets(string(s.Source), secrets))
	source = bareHidden.ReplaceAllString(source, "${1}(hidden)")
	if err := store.WriteFile(filepath.Join(dir, SuiteFile), []byte(source)); err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	return nil
}

// bareHidden matches a hidden secret without quotes, because in YAML a leading asterisk begins an alias.
var bareHidden = regexp.MustCompile(`([\s,:\[{])` + regexp.QuoteMeta(redact.Hidden))

// Items are the pictures and texts of a run's dataset, by their ids.
type Items struct {
	ds     datasets.Dataset
	images map[string]datasets.Image
	texts  map[string]datasets.Text
}

// ErrItems is the error of a dataset that is no longer available as it was during the run.
var ErrItems = errors.New("its pictures cannot be shown")

// OpenItems opens a dataset of a finished run again, by the suite in the run's folder. The error
// is ErrItems when the suite is not there, the dataset is gone, or its content has changed.
func OpenItems(ctx context.Context, dir string, d store.Dataset, art fs.FS, cache string) (*Items, error) {
	spec, base, err := specOf(dir, d.Dataset)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrItems, err)
	}
	ds, err := spec.Open(ctx, base, art, cache)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrItems, err)
	}
	then := d.SHA256 // for older runs, which hashed the dataset after --limit
	if d.SetSHA256 != nil {
		then = *d.SetSHA256
	}
	if hash := ds.Info().Hash; hash != then {
		return nil, errors.Join(fmt.Errorf("%w: they have changed since the run (content %.12s, then %.12s)", ErrItems, hash, then), ds.Close())
	}
	items := &Items{ds: ds, images: map[string]datasets.Image{}, texts: map[string]datasets.Text{}}
	for im, err := range ds.Images(ctx) {
		if err == nil {
			items.images[im.ID] = im
		}
	}
	for t, err := range ds.Texts(ctx) {
		if err == nil {
			items.texts[t.ID] = t
		}
	}
	return items, nil
}

// specOf is the entry of a dataset in the run's suite, and the folder that its paths are relative to.
func specOf(dir, dataset string) (suite.DatasetSpec, string, error) {
	s, base, err := runSuite(dir)
	if err != nil {
		return suite.DatasetSpec{}, "", err
	}
	at := slices.IndexFunc(s.Datasets, func(d suite.DatasetSpec) bool { return d.Name == dataset })
	if at < 0 {
		return suite.DatasetSpec{}, "", fmt.Errorf("the run's suite has no dataset %q", dataset)
	}
	return s.Datasets[at].First(s.Limit), base, nil
}

// runSuite is a finished run's suite, and the folder that its paths are relative to.
func runSuite(dir string) (*suite.Suite, string, error) {
	data, err := os.ReadFile(filepath.Join(dir, SuiteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("the run has no %s, because an older fastclip wrote it: run eval again", SuiteFile)
	} else if err != nil {
		return nil, "", err
	}
	s, err := suite.Parse(data)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", SuiteFile, err)
	}
	p, err := ReadPlan(dir)
	s.Limit = p.Limit // --limit counts; older runs, which do not tell it, drew all scenes
	return s, p.Dir, err
}

// Image is a picture by its id.
func (x *Items) Image(id string) (datasets.Image, bool) {
	im, ok := x.images[id]
	return im, ok
}

// Text is a query by its id.
func (x *Items) Text(id string) (datasets.Text, bool) {
	t, ok := x.texts[id]
	return t, ok
}

// Close closes the dataset.
func (x *Items) Close() error { return x.ds.Close() }
