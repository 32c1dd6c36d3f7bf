package encoders

import (
	"encoding/json"
	"time"

	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/ort"
)

// Kept is where what was found out about model files is kept between runs. Whoever gives one sees to
// it that what another program or another machine found out is not in it.
type Kept interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}

// InfoFromCache is the Info that Open would find, without opening anything: from what an earlier Open has
// kept under the hashes of the model's files, which are compared anew. ok is false where only opening
// tells: the first time, of servers, of a Python of the user's own, and where something is wrong, which Open words.
func InfoFromCache(spec Spec, env Env) (info Info, ok bool) {
	spec = spec.WithDefaults()
	if env.Kept == nil || spec.Validate() != nil {
		return Info{}, false
	}
	if _, python := pythonRuntimes()[spec.Runtime]; python {
		return pythonInfoFromCache(spec, env)
	}
	if spec.Runtime != onnxRuntime {
		return Info{}, false
	}
	e, model, err := newONNX(spec, env)
	if err != nil {
		return Info{}, false
	}
	if e.image, ok = towerFromCache(e.lib, model, e.spec, e.spec.Image, imageOutput, env.Kept); !ok {
		return Info{}, false
	}
	if spec = e.spec; spec.Text != "" {
		if e.text, ok = towerFromCache(e.lib, model, spec, spec.Text, textOutput, env.Kept); !ok {
			return Info{}, false
		}
	}
	if e.inspect(model) != nil {
		return Info{}, false
	}
	e.identify(model)
	return e.info, true
}

// towerFacts are what loading a tower has found out.
type towerFacts struct {
	Hash     string   // of the file and of External
	External []string // files of external data
	Graph    onnxfile.Facts
	Inputs   []ort.Port
	Output   ort.Port
}

// factsKey is what they depend on, the file by the hash of its own bytes.
func (t *tower) factsKey(lib *ort.Library, own string) (string, error) {
	key, err := json.Marshal([]any{"tower 4", own, lib.Version(), t.opt, t.want})
	return string(key), err
}

// towerFromCache is a tower without a session. Its provider is looked for as loading would do it: one
// that is gone since makes a variant unavailable.
func towerFromCache(lib *ort.Library, m *Model, spec Spec, file string, which outputOption, kept Kept) (*tower, bool) {
	t := newTower(spec, which)
	sumOf := func(file string) (string, error) { return m.keptSum(file, kept, time.Now(), quickBytes) }
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
	if t.hash, err = m.withExternal(own, file, facts.External, sumOf); err != nil || t.hash != facts.Hash {
		return nil, false
	}
	t.inputs, t.output, t.graph = facts.Inputs, facts.Output, facts.Graph
	return t, lib.Check(t.opt) == nil
}

// keep stores what this run has found, so that a later one need not open the model. A failure costs only that.
func (t *tower) keep(lib *ort.Library, kept Kept) error {
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
