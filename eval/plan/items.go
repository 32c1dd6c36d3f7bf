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

// How many pictures and texts a plan chooses on, calibrates on and judges on at most. Those to judge on
// are others than those to choose on.
const (
	chooseItems    = 16
	judgeItems     = 96
	calibrateItems = 16

	// Of a model that is larger than this a plan takes fewer, so that it ends in minutes.
	largeModel       = 100 << 20
	largeChooseItems = 6
	largeJudgeItems  = 32
)

// items are pictures and texts as the model takes them.
type items struct {
	pictures int
	pixels   []float32
	tokens   encoders.Tokens
}

// dataset is what --items names.
func (p *planner) dataset() (suite.DatasetSpec, string, error) {
	name := p.cfg.Items
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return suite.DatasetSpec{Name: "items", Folder: &suite.Folder{Path: name}}, ".", nil
	}
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
	return suite.DatasetSpec{}, "", fmt.Errorf("%w: items %q: it is no folder, and suite %s has no dataset %s (it has %s)", ErrUsage, name, file, set, strings.Join(names, ", "))
}

// items reads pictures and texts in turn for choosing and for judging.
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
	chooseItems, judgeItems := chooseItems, judgeItems
	if p.large() {
		chooseItems, judgeItems = largeChooseItems, largeJudgeItems
	}
	p.progress.Phase("preparing items", min(len(set.Images), chooseItems+judgeItems))
	for i, im := range set.Images {
		to := &p.judge
		if i%2 == 0 && p.choose.pictures < chooseItems {
			to = &p.choose
		}
		if to.pictures >= judgeItems {
			break
		}
		px := make([]float32, p.ref.Pipe.Len())
		data, err := im.Read(ctx)
		if err == nil {
			err = p.ref.Pipe.Run(data, px, nil)
		}
		if err != nil {
			p.progress.Say("picture %s is left out: %v", im.Name, err)
			continue
		}
		to.pixels, to.pictures = append(to.pixels, px...), to.pictures+1
		p.progress.Add(1)
	}
	var choose, judge []string
	seen := map[string]bool{}
	for _, t := range set.Texts {
		switch {
		case seen[t.Text] || len(judge) >= judgeItems:
		case len(choose) <= len(judge) && len(choose) < chooseItems:
			choose = append(choose, t.Text)
		default:
			judge = append(judge, t.Text)
		}
		seen[t.Text] = true
	}
	if p.choose.pictures < 2 || p.judge.pictures < 2 || len(choose) < 2 || len(judge) < 2 {
		return fmt.Errorf("%w: items: %d pictures and %d texts can be used: want at least 8 pictures and 4 different texts", ErrUsage, p.choose.pictures+p.judge.pictures, len(choose)+len(judge))
	}
	var err error
	if p.choose.tokens, err = p.ref.Tokens(ctx, choose); err != nil {
		return err
	}
	if p.judge.tokens, err = p.ref.Tokens(ctx, judge); err != nil {
		return err
	}
	p.out.Chosen, p.out.Judged = Counts{p.choose.pictures, len(choose)}, Counts{p.judge.pictures, len(judge)}
	side := p.ref.Info.ImageSize
	n := min(p.choose.pictures, calibrateItems)
	if err := os.WriteFile(filepath.Join(p.work, "pixel_values.npy"), npy.Floats(p.choose.pixels[:n*3*side*side], n, 3, side, side), 0o644); err != nil {
		return err
	}
	m := min(p.choose.tokens.N, calibrateItems)
	return os.WriteFile(filepath.Join(p.work, "input_ids.npy"), npy.Ints(p.choose.tokens.IDs[:m*p.choose.tokens.Len], m, p.choose.tokens.Len), 0o644)
}
