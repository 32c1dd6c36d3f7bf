// Package plan measures what low precision costs in each part of a model. It then chooses what to keep in
// full precision, so that the rest stays within a budget of drift.
package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// Config holds the settings of a plan.
type Config struct {
	Model    string // a built-in model's name, a folder or a reference
	Budget   Budget
	MaxTime  float64 // extra time that the model may take over int8, as a share; 0 or less means no limit
	Items    string  // a folder of pictures, NAME of the default suite, or SUITE:NAME
	Out      string  // folder for the new model
	Env      encoders.Env
	Art      fs.FS
	Cache    string
	Progress io.Writer
	Derive   Derive
	Pace     float64 // share of the usual time for timings; 0 means all of it
}

// Derive makes files of a folder's towers, as models derive does.
type Derive func(ctx context.Context, job DeriveJob) error

// DeriveJob is a call of Derive.
type DeriveJob struct {
	Folder, Out string
	Kinds       []string
	Operators   []string // operators for dynamic quantization
	Towers      []string
	Keep        string // JSON file of the tensors that stay unchanged, or ""
	Samples     string // folder of inputs for calibration
}

// Schemes are the ways to lower precision that a plan measures, those of models derive.
var schemes = []string{schemeInt8, "int8-channel", "int8-reduce-range", schemeSmooth, "int8-static", schemeFP16}

const (
	schemeInt8   = "int8"        // the scheme that others are compared with
	schemeSmooth = "int8-smooth" // its factors can become part of layer normalizations
	schemeFP16   = "fp16"        // saves size; saves no time on CPUs without 16-bit arithmetic
)

// operators are what dynamic quantization takes here: products with weights, and embedding tables.
var operators = []string{"MatMul", "Gemm", "Gather", "Conv"}

// ErrUsage is the error for a call that no model could satisfy.
var ErrUsage = errors.New("cannot plan")

// planner does the work of Run.
type planner struct {
	cfg       Config
	progress  *progress.Progress
	opener    *variants.Opener
	ref       *variants.Variant
	inside    encoders.Inside
	work      string // work folder of its own
	size      size
	fed       map[batch]map[string]ort.Tensor // inputs that were made before
	calibrate items                           // items that the 8-bit schemes take scales and factors from
	choose    items                           // items to measure on
	decide    items                           // items for decisions about what was chosen
	judge     items                           // items for the printed figures, which decide nothing
	towers    []*tower
	combos    []combo           // the shown pairs
	chosen    int               // index of the chosen pair
	hashes    map[string]string // of the new files
	out       Result
}

// tower is one of the model's two towers, with its measurements.
type tower struct {
	name     string
	ref      blocks.Tower
	products []blocks.Product
	schemes  map[string]*scheme
	best     *scheme   // the 8-bit scheme that drifts least
	tried    []*scheme // schemes tried product by product
	text     bool
	want     []float32   // the reference's embeddings of the items to choose on
	threads  ort.Options // for sessions that are not timed
	int8     float64     // drift of derive's int8, which leaves embeddings unchanged
	mixes    []*mix      // the last keeps everything in the original's precision

	refMillis float64 // per item
}

// Run measures, chooses and makes the model.
func Run(ctx context.Context, cfg Config) (_ Result, err error) {
	p := &planner{cfg: cfg, progress: progress.New(cfg.Progress), opener: variants.NewOpener(cfg.Env), fed: map[batch]map[string]ort.Tensor{}}
	defer p.progress.Stop()
	defer func() { err = errors.Join(err, p.close()) }()
	if p.work, err = os.MkdirTemp("", "fastclip-plan-"); err != nil {
		return p.out, err
	}
	for _, step := range []func(context.Context) error{p.open, p.items, p.derive, p.measure, p.timeParts, p.paths, p.decideOn, p.make, p.judgeSteps, p.card} {
		if err := step(ctx); err != nil {
			return p.out, err
		}
	}
	return p.out, nil
}

func (p *planner) close() error {
	var errs []error
	for _, t := range p.towers {
		for _, s := range t.schemes {
			if s.probe != nil {
				errs = append(errs, s.probe.Close())
			}
		}
	}
	errs = append(errs, p.opener.Close()) // the library must close last
	if p.work != "" {
		errs = append(errs, os.RemoveAll(p.work))
	}
	return errors.Join(errs...)
}

// open opens the model, which is the reference for everything that follows.
func (p *planner) open(ctx context.Context) error {
	p.out.MaxTime = p.cfg.MaxTime
	p.out.Model, p.out.Budget, p.out.Class = p.cfg.Model, p.cfg.Budget.String(), machine.ThisHost().Processor.Class()
	p.out.Saturates = machine.ThisHost().Processor.Saturates()
	spec := encoders.Spec{Name: "plan", Model: p.cfg.Model}.WithDefaults()
	p.ref = p.opener.Open(ctx, spec, 0)
	if !p.ref.OK() {
		return fmt.Errorf("%w: model %s: %s", ErrUsage, p.cfg.Model, p.ref.Reason)
	}
	if p.ref.Info.ImageOnly {
		return fmt.Errorf("%w: model %s has only an image tower, but a plan needs both towers", ErrUsage, p.cfg.Model)
	}
	enc, err := p.ref.Lazy.Open(ctx)
	if err != nil {
		return err
	}
	in, ok := encoders.As[encoders.Inside](enc)
	if !ok {
		return fmt.Errorf("%w: model %s is not in ONNX files, whose graphs a plan needs", ErrUsage, p.cfg.Model)
	}
	p.inside = in
	return nil
}

// derive makes each scheme's files. All mixes are put together from them.
func (p *planner) derive(ctx context.Context) error {
	for _, name := range []string{store.TowerImage, store.TowerText} {
		t := &tower{name: name, text: name == store.TowerText, schemes: map[string]*scheme{}}
		p.towers = append(p.towers, t)
		var err error
		if name == store.TowerImage {
			t.ref, err = p.inside.ImageTower(encoders.Pixels{N: p.choose.pictures, Size: p.ref.Info.ImageSize, Data: p.choose.pixels})
		} else {
			t.ref, err = p.inside.TextTower(p.choose.tokens)
		}
		if err != nil {
			return fmt.Errorf("%w: %s tower: %w", ErrUsage, name, err)
		}
		if len(t.ref.Inputs) != 1 || t.ref.Fixed > 0 {
			return fmt.Errorf("%w: the %s tower has %d inputs and a batch of %d: want one input and any batch", ErrUsage, name, len(t.ref.Inputs), t.ref.Fixed)
		}
		t.threads = t.ref.Options
		t.threads.Threads = min(2, runtime.NumCPU())
		if t.products, err = blocks.Products(t.ref); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(p.work, name+".onnx"), t.ref.Data, 0o644); err != nil {
			return err
		}
	}
	derived := filepath.Join(p.work, "derived")
	if err := os.MkdirAll(derived, 0o755); err != nil {
		return err
	}
	p.progress.Phase("making "+fmt.Sprint(len(schemes))+" kinds of files with derive's tools", 1)
	job := DeriveJob{Folder: p.work, Out: derived, Kinds: schemes, Operators: operators, Towers: []string{store.TowerImage, store.TowerText}, Samples: p.work}
	failed := p.cfg.Derive(ctx, job) // a failed kind does not harm the others
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, t := range p.towers {
		for _, kind := range schemes {
			data, err := os.ReadFile(filepath.Join(derived, t.name+"."+kind+".onnx"))
			if err != nil {
				p.progress.Say("%s of the %s tower is left out: %v", kind, t.name, err)
				continue
			}
			t.schemes[kind] = &scheme{name: kind, file: data}
		}
		if t.schemes[schemeInt8] == nil {
			return fmt.Errorf("%w: derive made no int8 of the %s tower: %w", ErrUsage, t.name, cmp.Or(failed, fs.ErrNotExist))
		}
		p.out.Missing = append(p.out.Missing, t.missing()...)
	}
	return nil
}

// missing lists the schemes that derive did not make for the tower.
func (t *tower) missing() []string {
	var out []string
	for _, s := range schemes {
		if t.schemes[s] == nil {
			out = append(out, t.name+" "+s)
		}
	}
	return out
}
