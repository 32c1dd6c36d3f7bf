package plan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/npy"
)

// split is the largest number of pictures and texts that a plan calibrates on, measures on, decides on, and
// judges on. The four sets share no item.
type split [4]int

// size is how much a plan measures.
type size struct {
	items split
	timed int // items of a timed call
	tried int // mixes of a scheme that are run, at most
	mixes int // timed mixes of a tower over all schemes, at most
}

// For a model larger than largeModel a plan measures less, so that it ends in minutes.
var (
	usual = size{split{64, 16, 96, 96}, 4, 30, 9}
	less  = size{split{12, 2, 16, 24}, 1, 15, 6}
)

const largeModel = 100 << 20

// next is the set that gets the next item. The sets take turns while they have room. It is -1 when all are
// full.
func (s split) next(have split, turn *int) int {
	for range s {
		at := *turn % len(s)
		*turn++
		if have[at] < s[at] {
			return at
		}
	}
	return -1
}

func (s split) all() (n int) {
	for _, v := range s {
		n += v
	}
	return n
}

// items holds pictures and texts in the form that the model takes.
type items struct {
	pictures int
	pixels   []float32
	tokens   encoders.Tokens
}

// dataset is the dataset that --items names. A name that could be either a folder or a dataset is refused.
func (p *planner) dataset() (suite.DatasetSpec, string, error) {
	name := p.cfg.Items
	info, err := os.Stat(name)
	folder := err == nil && info.IsDir()
	if !folder {
		return datasetNamed(name)
	}
	if name == filepath.Base(name) && !strings.Contains(name, ":") {
		if _, _, err := datasetNamed(name); err == nil {
			return suite.DatasetSpec{}, "", fmt.Errorf("%w: items %q: the folder here and a dataset of the default suite have this name: write .%c%s for the folder, default:%s for the dataset",
				ErrUsage, name, filepath.Separator, name, name)
		}
	}
	return suite.DatasetSpec{Name: "items", Folder: &suite.Folder{Path: name}}, ".", nil
}

// datasetNamed finds a dataset of the default suite, or SUITE:DATASET.
func datasetNamed(name string) (suite.DatasetSpec, string, error) {
	file, set := "default", name
	if at := strings.LastIndexByte(name, ':'); at > 0 {
		file, set = name[:at], name[at+1:]
	}
	s, err := suite.Load(file)
	if err != nil {
		return suite.DatasetSpec{}, "", fmt.Errorf("%w: items %q: want a folder of pictures, a dataset of the default suite, or SUITE:DATASET: %w", ErrUsage, name, err)
	}
	var names []string
	for _, d := range s.Datasets {
		if d.Name == set {
			return d, s.Dir, nil
		}
		names = append(names, d.Name)
	}
	return suite.DatasetSpec{}, "", fmt.Errorf("%w: items %q: it is not a folder, and suite %s has no dataset %s (it has %s)", ErrUsage, name, file, set, strings.Join(names, ", "))
}

// items reads pictures and texts, and deals them out to the sets in turn.
func (p *planner) items(ctx context.Context) error {
	spec, dir, err := p.dataset()
	if err != nil {
		return err
	}
	set, err := embed.OpenSet(ctx, spec, embed.Where{Dir: dir, Art: p.cfg.Art, Cache: p.cfg.Cache})
	if err != nil {
		return fmt.Errorf("%w: items: %w", ErrUsage, err)
	}
	err = p.take(ctx, set)
	return errors.Join(err, set.Dataset.Close())
}

// large tells whether the image tower's file is that of a large model.
func (p *planner) large() bool {
	t, err := p.inside.ImageTower(encoders.Pixels{})
	return err == nil && len(t.Data) > largeModel
}

func (p *planner) take(ctx context.Context, set *embed.Set) error {
	p.size = usual
	if p.large() {
		p.size = less
	}
	most := p.size.items
	if err := p.takePictures(ctx, set, most); err != nil {
		return err
	}
	var texts [len(split{})][]string
	var have split
	seen, turn := map[string]bool{}, 0
	for _, t := range set.Texts {
		if seen[t.Text] {
			continue
		}
		seen[t.Text] = true
		if at := most.next(have, &turn); at >= 0 {
			texts[at] = append(texts[at], t.Text)
			have[at]++
		}
	}
	for i, s := range p.sets() {
		if s.pictures < 2 || len(texts[i]) < 2 {
			return fmt.Errorf("%w: items: %d pictures and %d texts can be used: want at least 8 pictures and 8 different texts", ErrUsage, p.calibrate.pictures+p.choose.pictures+p.decide.pictures+p.judge.pictures, len(seen))
		}
		var err error
		if s.tokens, err = p.ref.Tokens(ctx, texts[i]); err != nil {
			return err
		}
	}
	p.out.Calibrated, p.out.Chosen, p.out.Decided, p.out.Judged = p.calibrate.counts(), p.choose.counts(), p.decide.counts(), p.judge.counts()
	side, n := p.ref.Info.ImageSize, p.calibrate.pictures
	if err := os.WriteFile(filepath.Join(p.work, "pixel_values.npy"), npy.Floats(p.calibrate.pixels, n, 3, side, side), 0o644); err != nil {
		return err
	}
	tk := p.calibrate.tokens
	return os.WriteFile(filepath.Join(p.work, "input_ids.npy"), npy.Ints(tk.IDs, tk.N, tk.Len), 0o644)
}

func (p *planner) sets() [len(split{})]*items {
	return [len(split{})]*items{&p.calibrate, &p.choose, &p.decide, &p.judge}
}

func (s *items) counts() Counts { return Counts{s.pictures, s.tokens.N} }

// takePictures prepares pictures for the sets, one after the other.
func (p *planner) takePictures(ctx context.Context, set *embed.Set, most split) error {
	p.progress.Phase("preparing items", min(len(set.Images), most.all()))
	var have split
	turn := 0
	for _, im := range set.Images {
		px := make([]float32, p.ref.Pipe.Len())
		data, err := im.Read(ctx)
		if err == nil {
			err = p.ref.Pipe.Run(data, px, nil)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.progress.Say("picture %s is left out: %v", im.Name, err)
			continue
		}
		at := most.next(have, &turn)
		if at < 0 {
			break
		}
		to := p.sets()[at]
		to.pixels, to.pictures = append(to.pixels, px...), to.pictures+1
		have[at]++
		p.progress.Add(1)
	}
	return nil
}
