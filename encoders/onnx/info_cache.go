package onnx

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/ort"
)

// InfoFromCache is the Info that Open would find, without opening anything. It comes from what an earlier
// Open stored under the hashes of the model's files, which are compared again. ok is false when only Open
// can tell: the first time, on a provider other than the processor (whose libraries it loads), and when
// something is wrong.
func InfoFromCache(spec encoders.Spec, env encoders.Env) (info encoders.Info, ok bool) {
	return infoWith(spec, env, towerFromCache)
}

// InfoFromFiles is the Info that Open would find, from the model's files alone: ONNX Runtime does not load them. It
// stores what it finds for InfoFromCache and for Open, which then need not read the files again. ok is false when
// only Open can tell: on a provider other than the processor, for a file that leaves the width of its output open,
// and when something is wrong.
func InfoFromFiles(spec encoders.Spec, env encoders.Env) (info encoders.Info, ok bool) {
	return infoWith(spec, env, towerFromFile)
}

// infoWith is the Info with towers that are not loaded.
func infoWith(spec encoders.Spec, env encoders.Env, find func(*ort.Library, *encoders.Model, encoders.Spec, string, outputOption, encoders.Kept) (*tower, bool)) (info encoders.Info, ok bool) {
	if spec.Provider != "cpu" {
		return encoders.Info{}, false
	}
	e, model, err := newEncoder(spec, env)
	if err != nil {
		return encoders.Info{}, false
	}
	var both sync.WaitGroup // most of the work may be reading and hashing
	found := true
	both.Go(func() { e.image, ok = find(e.lib, model, e.spec, e.spec.Image, imageOutput, env.Kept) })
	if e.spec.Text != "" {
		e.text, found = find(e.lib, model, e.spec, e.spec.Text, textOutput, env.Kept)
	}
	both.Wait()
	if !ok || !found || e.inspect(model) != nil {
		return encoders.Info{}, false
	}
	e.identify(model)
	return e.info, true
}

// towerFacts are the facts that a tower's file, or loading it, has told.
type towerFacts struct {
	Hash     string   // hash of the file and of External
	External []string // files of external data
	Graph    onnxfile.Facts
	Inputs   []ort.Port
	Output   ort.Port
	Both     bool // the file has the other tower, too
}

// factsKey names what the facts depend on. The file is named by the hash of its own bytes. The number of threads and
// how they wait change none of the facts.
func (t *tower) factsKey(lib *ort.Library, own string) (string, error) {
	opt := t.opt
	opt.Threads, opt.Settings = 0, map[string]string{}
	maps.Copy(opt.Settings, t.opt.Settings)
	delete(opt.Settings, encoders.Spinning)
	key, err := json.Marshal([]any{"tower 7", own, lib.Version(), opt, t.want})
	return string(key), err
}

// towerFromFile is a tower without a session, from what its file tells.
func towerFromFile(lib *ort.Library, m *encoders.Model, spec encoders.Spec, file string, which outputOption, kept encoders.Kept) (*tower, bool) {
	t := newTower(spec, which)
	if t.read(m, file, kept) != nil {
		return nil, false
	}
	var ok bool
	if t.inputs, t.output, ok = t.model.Told(t.want); !ok || lib.Check(t.opt) != nil {
		return nil, false
	}
	t.model.Data = nil
	return t, t.keep(lib, kept) == nil
}

// towerFromCache is a tower without a session. It looks for the provider as loading would. If the provider
// is gone by now, the variant is unavailable.
func towerFromCache(lib *ort.Library, m *encoders.Model, spec encoders.Spec, file string, which outputOption, kept encoders.Kept) (*tower, bool) {
	t := newTower(spec, which)
	sumOf := func(file string) (string, error) { return m.KeptSum(file, kept, time.Now(), encoders.QuickBytes) }
	own, err := sumOf(file)
	if err != nil {
		return nil, false
	}
	key, err := t.factsKey(lib, own)
	if err != nil {
		return nil, false
	}
	var facts towerFacts
	if data, ok := kept.Get(key); !ok || json.Unmarshal(data, &facts) != nil || len(facts.Inputs) == 0 {
		return nil, false
	}
	if t.hash, err = m.WithExternal(own, file, facts.External, sumOf); err != nil || t.hash != facts.Hash {
		return nil, false
	}
	t.own, t.external, t.inputs, t.output, t.graph, t.both = own, facts.External, facts.Inputs, facts.Output, facts.Graph, facts.Both
	return t, lib.Check(t.opt) == nil
}

// known is a tower that is ready to be loaded from its file, if the cache tells all about it. Its file was not changed
// since it was hashed, and is not read again.
func known(lib *ort.Library, m *encoders.Model, spec encoders.Spec, file string, which outputOption, kept encoders.Kept) (*tower, bool) {
	if kept == nil || m.Dir() == "" || spec.Provider != "cpu" {
		return nil, false
	}
	t, ok := towerFromCache(lib, m, spec, file, which, kept)
	if !ok || t.both {
		return nil, false
	}
	t.model = ort.Model{Path: pathOf(m, file), Inputs: t.inputs, Outputs: []ort.Port{t.output}}
	return t, true
}

// keep stores what this run has found, so that a later run need not open the model. A failure costs only
// that.
func (t *tower) keep(lib *ort.Library, kept encoders.Kept) error {
	key, err := t.factsKey(lib, t.own)
	if err != nil {
		return err
	}
	data, err := json.Marshal(towerFacts{Hash: t.hash, External: t.external, Inputs: t.inputs, Output: t.output, Graph: t.graph, Both: t.both})
	if err != nil {
		return err
	}
	return kept.Put(key, data)
}
