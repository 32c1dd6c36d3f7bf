package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// ErrLayers is the error of a variant that cannot be taken apart.
var ErrLayers = errors.New("cannot look into the layers")

// How many items both towers are run on, of each modality.
const (
	worstItems  = 6
	middleItems = 3
)

// Layers opens a variant of a finished run and its reference again, and finds where their towers part, on
// the items that drifted most and a few of the middle. Of a variant that failed it takes the first items.
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
		return x.out, fmt.Errorf("%w: %s is the reference, which differs from itself in nothing", ErrLayers, variant)
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
	x.cfg.Env.Dir = dir // of models
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

// same tells whether the models are those of the run.
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

// pick chooses the items: those that turned most, and those around the middle.
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
				continue // a tower that is not there; tower says so
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

// tower compares one of the two.
func (x *layers) tower(ctx context.Context, tower string) (store.LayerTower, error) {
	out := store.LayerTower{Tower: tower}
	var items []blocks.Item
	var ref, own blocks.Tower
	for _, i := range x.out.Items {
		if i.Modality != tower {
			continue
		}
		r, v, err := x.inputs(ctx, i)
		if err != nil {
			return out, err
		}
		ref, own = r, v
		items = append(items, blocks.Item{Reference: r.Inputs, Variant: v.Inputs})
	}
	if len(items) == 0 {
		return out, errors.New("the run has no items for it")
	}
	x.progress.Phase("layers of the "+tower+" tower", 2*len(items))
	r, err := blocks.Compare(ctx, ref, own, items, func() { x.progress.Add(1) })
	out.Matched = store.LayerMatches(r.Matched)
	if err != nil {
		return out, err
	}
	out.Drift, out.Precision = store.LayerNumber(r.Final), r.Least
	for _, b := range r.Blocks {
		share := 0.0
		switch {
		case math.IsInf(b.Drift, 0):
			share = b.Drift
		case r.Final > 0:
			share = b.Drift / r.Final
		}
		out.Blocks = append(out.Blocks, store.LayerBlock{
			Block: b.Name, Operator: b.Op, Precision: b.Precision, Drift: store.LayerNumber(b.Drift), DriftShare: store.LayerNumber(share),
			Own: store.LayerNumber(b.Own), OwnShare: store.LayerNumber(b.Share), Evidence: b.Evidence,
		})
	}
	if j := r.Found; j != nil {
		b := out.Blocks[j.Block]
		out.Jump = &store.LayerJump{Block: b.Block, Operator: j.Operator, OwnShare: b.OwnShare, Looks: j.Looks, Why: j.Why, Others: j.Others}
	}
	return out, nil
}

// inputs are both towers with what they are given for an item: what the reference prepares, so that they
// differ by the model alone. A variant whose graph wants other pictures gets its own.
func (x *layers) inputs(ctx context.Context, i store.LayerItem) (ref, own blocks.Tower, err error) {
	if i.Modality == store.TowerText {
		text, ok := x.sets[i.Dataset].Text(i.ID)
		if !ok {
			return ref, own, fmt.Errorf("text %s is not in %s any more", i.ID, i.Dataset)
		}
		return both(func(n int) (ref, own blocks.Tower, err error) {
			if ref, err = textTower(ctx, x.ref, text.Text, x.ref, n); err == nil {
				own, err = textTower(ctx, x.own, text.Text, x.ref, n)
			}
			return ref, own, err
		})
	}
	im, ok := x.sets[i.Dataset].Image(i.ID)
	if !ok {
		return ref, own, fmt.Errorf("picture %s is not in %s any more", i.ID, i.Dataset)
	}
	data, err := im.Read(ctx)
	if err != nil {
		return ref, own, err
	}
	return both(func(n int) (ref, own blocks.Tower, err error) {
		if ref, err = imageTower(ctx, x.ref, data, x.ref, n); err == nil {
			own, err = imageTower(ctx, x.own, data, x.ref, n)
		}
		return ref, own, err
	})
}

// both makes the towers for one item, or for as many of it as one of the graphs insists on.
func both(towers func(n int) (ref, own blocks.Tower, err error)) (ref, own blocks.Tower, err error) {
	if ref, own, err = towers(1); err != nil || max(ref.Fixed, own.Fixed) <= 1 {
		return ref, own, err
	}
	return towers(max(ref.Fixed, own.Fixed))
}

// inside is a variant's encoder as one that can be taken apart.
func inside(ctx context.Context, v *variants.Variant) (encoders.Inside, error) {
	enc, err := v.Lazy.Open(ctx)
	if err != nil {
		return nil, err
	}
	in, ok := encoders.As[encoders.Inside](enc)
	if !ok {
		return nil, fmt.Errorf("%s runs on %s, whose layers are out of sight", v.Spec.Name, v.Spec.Runtime)
	}
	return in, nil
}

func imageTower(ctx context.Context, v *variants.Variant, file []byte, by *variants.Variant, n int) (blocks.Tower, error) {
	in, err := inside(ctx, v)
	if err != nil {
		return blocks.Tower{}, err
	}
	if v.Info.Samples != by.Info.Samples || v.Info.ImageSize != by.Info.ImageSize {
		by = v
	}
	pixels := make([]float32, by.Pipe.Len())
	if err := by.Pipe.Run(file, pixels, nil); err != nil {
		return blocks.Tower{}, err
	}
	return in.ImageTower(encoders.Pixels{N: n, Size: v.Info.ImageSize, Data: slices.Repeat(pixels, n)})
}

func textTower(ctx context.Context, v *variants.Variant, text string, by *variants.Variant, n int) (blocks.Tower, error) {
	in, err := inside(ctx, v)
	if err != nil {
		return blocks.Tower{}, err
	}
	tk, err := by.Tokens(ctx, slices.Repeat([]string{text}, n))
	if err != nil {
		return blocks.Tower{}, err
	}
	return in.TextTower(tk)
}
