package finished

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/inside"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// ErrLayers is the error of a variant whose layers cannot be compared.
var ErrLayers = errors.New("cannot compare layers")

// Number of items of each modality on which both towers run.
const (
	worstItems  = 6
	middleItems = 3
)

// Config is what reopening a run's variants and pictures needs.
type Config struct {
	Env      encoders.Env
	Art      fs.FS // of generated scenes
	Cache    string
	Progress io.Writer // messages and progress, or nil
}

// Layers opens a variant of a finished run and its reference again, and finds where their towers part. It uses the
// items that drifted most and a few from the middle. For a variant that failed it uses the first items.
func Layers(ctx context.Context, cfg Config, dir, variant string) (store.Layers, error) {
	f, err := store.Open(dir)
	if err != nil {
		return store.Layers{}, err
	}
	res, err := f.Load(store.TableRun, store.TableVariants, store.TableDatasets)
	if err != nil {
		return store.Layers{}, err
	}
	x := &layers{cfg: cfg, folder: f, res: res, progress: progress.New(cfg.Progress)}
	x.out = store.Layers{RunID: res.Run.RunID, Variant: variant}
	for _, v := range res.Variants {
		if v.IsReference {
			x.out.Reference = v.Variant
		}
	}
	if variant == x.out.Reference {
		return x.out, fmt.Errorf("%w: %s is the reference, which does not differ from itself", ErrLayers, variant)
	}
	defer x.progress.Stop()
	return x.out, errors.Join(x.find(ctx), x.close())
}

// layers is the work of Layers.
type layers struct {
	cfg      Config
	folder   *store.Folder
	res      *store.Results
	progress *progress.Progress
	out      store.Layers
	opener   *variants.Opener
	own, ref *variants.Variant
	sets     map[string]*Items
}

func (x *layers) close() error {
	var errs []error
	for _, s := range x.sets {
		errs = append(errs, s.Close())
	}
	if x.opener != nil {
		errs = append(errs, x.opener.Close())
	}
	return errors.Join(errs...)
}

func (x *layers) find(ctx context.Context) error {
	s, dir, err := runSuite(x.folder.Dir())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLayers, err)
	}
	x.cfg.Env.Dir = dir // folder of the models
	x.opener = variants.NewOpener(x.cfg.Env)
	open := func(name string) (*variants.Variant, error) {
		at := slices.IndexFunc(s.Variants, func(v encoders.Spec) bool { return v.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("%w: the run's suite has no variant %q", ErrLayers, name)
		}
		v := x.opener.Open(ctx, s.Variants[at], s.Context)
		if !v.OK() {
			return nil, fmt.Errorf("%w: %s cannot be opened: %s", ErrLayers, name, v.Reason)
		}
		return v, nil
	}
	if x.ref, err = open(x.out.Reference); err != nil {
		return err
	}
	if x.own, err = open(x.out.Variant); err != nil {
		return err
	}
	if err := x.same(); err != nil {
		return err
	}
	if err := x.pick(); err != nil {
		return err
	}
	x.sets = map[string]*Items{}
	for _, d := range x.res.Datasets {
		if !slices.ContainsFunc(x.out.Items, func(i store.LayerItem) bool { return i.Dataset == d.Dataset }) {
			continue
		}
		if x.sets[d.Dataset], err = OpenItems(ctx, x.folder.Dir(), d, x.cfg.Art, x.cfg.Cache); err != nil {
			return fmt.Errorf("%w: dataset %s: %w", ErrLayers, d.Dataset, err)
		}
	}
	for _, tower := range []string{store.TowerImage, store.TowerText} {
		if x.own.Info.ImageOnly && tower == store.TowerText {
			continue
		}
		t, err := x.tower(ctx, tower)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			t.Refused = err.Error()
		}
		x.out.Towers = append(x.out.Towers, t)
	}
	return nil
}

// same checks that the models are those of the run.
func (x *layers) same() error {
	for _, v := range []*variants.Variant{x.own, x.ref} {
		for _, was := range x.res.Variants {
			if was.Variant == v.Spec.Name && was.ModelSHA256 != "" && v.Info.ModelSHA256 != "" && was.ModelSHA256 != v.Info.ModelSHA256 {
				return fmt.Errorf("%w: the model files of %s have changed since the run (%.12s, then %.12s)", ErrLayers, was.Variant, v.Info.ModelSHA256, was.ModelSHA256)
			}
		}
	}
	return nil
}

// pick chooses the items that turned most, and those around the middle.
func (x *layers) pick() error {
	for _, modality := range []string{store.TowerImage, store.TowerText} {
		type moved struct {
			store.LayerItem
			cosine float64
		}
		var all []moved
		for _, d := range x.res.Datasets {
			ref, err := x.folder.ReadEmbeddings(x.out.Reference, d.Dataset, modality)
			if err != nil {
				continue // the tower is missing; tower reports it
			}
			own, err := x.folder.ReadEmbeddings(x.out.Variant, d.Dataset, modality)
			known := err == nil && len(own) == len(ref)
			for i, r := range ref {
				m := moved{LayerItem: store.LayerItem{Dataset: d.Dataset, Modality: modality, ID: r.ID, Pick: "first"}}
				if known {
					m.cosine, m.Pick = drift.Cosine(r.Embedding, own[i].Embedding), "worst"
				}
				all = append(all, m)
			}
		}
		slices.SortStableFunc(all, func(a, b moved) int { return cmp.Compare(a.cosine, b.cosine) })
		worst := min(worstItems, len(all))
		chosen := all[:worst]
		if rest := all[worst:]; len(rest) > 0 && rest[0].Pick == "worst" {
			from := max(0, len(rest)/2-middleItems/2-worst/2)
			for _, m := range rest[from:min(from+middleItems, len(rest))] {
				m.Pick = "middle"
				chosen = append(slices.Clip(chosen), m)
			}
		}
		for _, m := range chosen {
			x.out.Items = append(x.out.Items, m.LayerItem)
		}
	}
	return nil
}

// tower compares one of the two towers.
func (x *layers) tower(ctx context.Context, tower string) (store.LayerTower, error) {
	var items []inside.Item
	for _, i := range x.out.Items {
		if i.Modality != tower {
			continue
		}
		item, err := x.item(ctx, i)
		if err != nil {
			return store.LayerTower{Tower: tower}, err
		}
		items = append(items, item)
	}
	begin := func(pieces int) { x.progress.Phase("layers of the "+tower+" tower", pieces) }
	return inside.Compare(ctx, x.ref, x.own, tower, items, blocks.Work{Begin: begin, Done: func() { x.progress.Add(1) }})
}

// item is a picture's file, or a text.
func (x *layers) item(ctx context.Context, i store.LayerItem) (out inside.Item, err error) {
	if i.Modality == store.TowerText {
		text, ok := x.sets[i.Dataset].Text(i.ID)
		if !ok {
			return out, fmt.Errorf("text %s is no longer in %s", i.ID, i.Dataset)
		}
		return inside.Item{Text: text.Text}, nil
	}
	im, ok := x.sets[i.Dataset].Image(i.ID)
	if !ok {
		return out, fmt.Errorf("picture %s is no longer in %s", i.ID, i.Dataset)
	}
	out.File, err = im.Read(ctx)
	return out, err
}
