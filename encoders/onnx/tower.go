package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/pooling"
)

// tower is one of a model's two files.
type tower struct {
	name         string // "image" or "text"
	*ort.Session        // nil when only its encoders.Info was requested
	model        ort.Model
	want         ort.Output
	opt          ort.Options
	own, hash    string   // hash of the file, and hash with its external data
	external     []string // files of external data
	graph        onnxfile.Facts
	inputs       []ort.Port
	output       ort.Port
	fixed        int             // number of items that the file demands, or 0
	length       int             // length of a row of ids, if the file demands one
	feeds        []role          // by input
	main         int             // index of the input with the pixels or the ids
	channelsLast bool            // of the pixels
	side         int64           // side of the pictures; below 1 when the file leaves it open
	pool         string          // for an output with one vector per token
	layers       []pooling.Layer // steps after the output
	inner        int             // values in the output, if layers follow
	folder       string          // folder of external data, for a model in memory
	both         bool            // the file has the other tower, too, which is cut off
}

// outputOption names a tower's output in a variant's options, and how one of one vector per token is pooled;
// usual is what exporters call it.
type outputOption struct{ tower, option, pooling, usual string }

var (
	imageOutput = outputOption{"image", encoders.ImageOutput, encoders.ImagePooling, "image_embeds"}
	textOutput  = outputOption{"text", encoders.TextOutput, encoders.TextPooling, "text_embeds"}
)

func newTower(spec encoders.Spec, which outputOption) *tower {
	t := &tower{name: which.tower, want: ort.Output{Name: spec.Options[which.option], Usual: which.usual}, pool: spec.Options[which.pooling]}
	t.opt = ort.Options{Provider: spec.Provider, Threads: spec.Threads, Settings: maps.Clone(spec.Options)}
	for _, o := range []outputOption{imageOutput, textOutput} {
		delete(t.opt.Settings, o.option)
		delete(t.opt.Settings, o.pooling)
	}
	return t
}

func openTower(lib *ort.Library, m *encoders.Model, spec encoders.Spec, file string, which outputOption, kept encoders.Kept) (*tower, error) {
	t, ok := known(lib, m, spec, file, which, kept)
	if !ok {
		t = newTower(spec, which)
		if err := t.read(m, file, kept); err != nil {
			return nil, err
		}
	}
	var err error
	t.Session, err = lib.Load(t.model, t.want, t.options())
	if t.model.Path != "" {
		t.model.Data = nil // it can be read again
	}
	if err != nil {
		if errors.Is(err, ort.ErrOutput) {
			err = fmt.Errorf("%w with the option %s", err, which.option)
		}
		return nil, unavailable(fmt.Errorf("model %s, %s: %w", m.Name, file, err))
	}
	t.inputs, t.output = t.Inputs(), t.Output()
	return t, nil
}

// pathOf is where a file of a model on disk is.
func pathOf(m *encoders.Model, file string) string {
	return filepath.Join(m.Dir(), filepath.FromSlash(file))
}

// read reads a file of the model, and finds its external data, which must lie in its folder. kept, or nil,
// is for their hashes.
func (t *tower) read(m *encoders.Model, file string, kept encoders.Kept) (err error) {
	t.own, err = m.SumAndKeep(file, kept, time.Now(), func() (hash string, err error) {
		t.model.Data, hash, err = m.Read(file)
		return hash, err
	})
	if err != nil {
		return err
	}
	if m.Dir() != "" {
		t.model.Path = pathOf(m, file)
	}
	// ONNX Runtime gives better errors for files that are not understood.
	if f, err := onnxfile.Parse(t.model.Data); err == nil {
		slices.Sort(f.External)
		t.external = slices.Compact(f.External)
		if t.shared(f) {
			if err := t.cut(m, file); err != nil {
				return err
			}
			if f, err = onnxfile.Parse(t.model.Data); err != nil { // the other tower has its own facts
				return fmt.Errorf("model %s, %s: %w", m.Name, file, err)
			}
		}
		t.graph = f.Facts()
	}
	t.hash, err = m.WithExternal(t.own, file, t.external, func(file string) (string, error) {
		return m.SumAndKeep(file, kept, time.Now(), func() (string, error) { return m.Sum(file) })
	})
	return err
}

// shared tells whether the file takes the other tower's inputs as well, and has the output that this
// one is known by.
func (t *tower) shared(f *onnxfile.File) bool {
	pixels, ids := false, false
	for _, p := range f.Inputs {
		pixels, ids = pixels || len(p.Dims) == 4, ids || len(p.Dims) == 2
	}
	return pixels && ids && slices.ContainsFunc(f.Outputs, func(p onnxfile.Port) bool { return p.Name == t.output1() })
}

// output1 is the name of the output to use in a file with several.
func (t *tower) output1() string { return cmp.Or(t.want.Name, t.want.Usual) }

// cut reduces a file with both towers to this one, so that the other costs nothing.
func (t *tower) cut(m *encoders.Model, file string) (err error) {
	if t.model.Data, err = onnxfile.Cut(t.model.Data, t.output1()); err != nil {
		return fmt.Errorf("model %s, %s: %w", m.Name, file, err)
	}
	if t.model.Path != "" && len(t.external) > 0 {
		t.folder = filepath.Dir(t.model.Path)
	}
	t.model.Path, t.both = "", true
	return nil
}

// externalFolder is ONNX Runtime's setting for the folder of external data of a model in memory.
const externalFolder = "session.model_external_initializers_file_folder_path"

// options are the options of its sessions.
func (t *tower) options() ort.Options {
	opt := t.opt
	if t.folder != "" {
		opt.Settings = maps.Clone(opt.Settings)
		if opt.Settings == nil {
			opt.Settings = map[string]string{}
		}
		opt.Settings[externalFolder] = t.folder
	}
	return opt
}

// fix finds how many items the file demands.
func (t *tower) fix() (err error) {
	if said := t.inputs[t.main].Shape[0]; said > 0 {
		t.fixed, err = encoders.Within("its batch", said, encoders.MaxBatch)
	}
	return err
}
