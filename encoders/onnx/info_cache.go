package onnx

import (
	"encoding/json"
	"maps"
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
	if spec.Provider != "cpu" {
		return encoders.Info{}, false
	}
	e, model, err := newEncoder(spec, env)
	if err != nil {
		return encoders.Info{}, false
	}
	if e.image, ok = towerFromCache(e.lib, model, e.spec, e.spec.Image, imageOutput, env.Kept); !ok {
		return encoders.Info{}, false
	}
	if spec = e.spec; spec.Text != "" {
		if e.text, ok = towerFromCache(e.lib, model, spec, spec.Text, textOutput, env.Kept); !ok {
			return encoders.Info{}, false
		}
	}
	if e.inspect(model) != nil {
		return encoders.Info{}, false
	}
	e.identify(model)
	return e.info, true
}

// towerFacts are the facts that loading a tower has found.
type towerFacts struct {
	Hash     string   // hash of the file and of External
	External []string // files of external data
	Graph    onnxfile.Facts
	Inputs   []ort.Port
	Output   ort.Port
}

// factsKey names what the facts depend on. The file is named by the hash of its own bytes. The number of threads and
// how they wait change none of the facts.
func (t *tower) factsKey(lib *ort.Library, own string) (string, error) {
	opt := t.opt
	opt.Threads, opt.Settings = 0, map[string]string{}
	maps.Copy(opt.Settings, t.opt.Settings)
	delete(opt.Settings, encoders.Spinning)
	key, err := json.Marshal([]any{"tower 5", own, lib.Version(), opt, t.want})
	return string(key), err
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
	t.inputs, t.output, t.graph = facts.Inputs, facts.Output, facts.Graph
	return t, lib.Check(t.opt) == nil
}

// keep stores what this run has found, so that a later run need not open the model. A failure costs only
// that.
func (t *tower) keep(lib *ort.Library, kept encoders.Kept) error {
	key, err := t.factsKey(lib, t.own)
	if err != nil {
		return err
	}
	data, err := json.Marshal(towerFacts{Hash: t.hash, External: t.external, Inputs: t.inputs, Output: t.output, Graph: t.graph})
	if err != nil {
		return err
	}
	return kept.Put(key, data)
}
