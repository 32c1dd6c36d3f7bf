package remote

import (
	"encoding/json"
	"github.com/fastclip/fastclip/encoders"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
)

// InfoFromCache is the Info of a model that runs in Python, from an earlier start of its adapter. The adapter pins
// its packages, so the answers hold as long as the adapter, the model and the options are the same. A device may
// have gone since then, so this works for the CPU only.
func InfoFromCache(spec encoders.Spec, env encoders.Env) (encoders.Info, bool) {
	if spec.Provider != "cpu" {
		return encoders.Info{}, false
	}
	p, err := newPython(spec, env, func(m *encoders.Model, file string) (string, error) {
		return m.KeptSum(file, env.Kept, time.Now(), encoders.QuickBytes)
	})
	if err != nil {
		return encoders.Info{}, false
	}
	script, ok := python.Pinned(adapters.Script(p.script))
	if !ok {
		return encoders.Info{}, false
	}
	key, err := p.factsKey(spec, script)
	if err != nil {
		return encoders.Info{}, false
	}
	e := &encoder{}
	if data, ok := env.Kept.Get(key); !ok || json.Unmarshal(data, &e.info) != nil || e.info.Dim == 0 {
		return encoders.Info{}, false
	}
	p.identify(e, spec, script)
	return e.info, true
}

// factsKey identifies everything that an adapter's answers depend on.
func (p *pythonModel) factsKey(spec encoders.Spec, script string) (string, error) {
	key, err := json.Marshal([]any{"python", spec.Runtime, script, p.hash, pythonArgs(spec, "")})
	return string(key), err
}

// keep stores the adapter's answers for later runs.
func (p *pythonModel) keep(spec encoders.Spec, script string, told encoders.Info, kept encoders.Kept) error {
	key, err := p.factsKey(spec, script)
	if err != nil {
		return err
	}
	data, err := json.Marshal(told)
	if err != nil {
		return err
	}
	return kept.Put(key, data)
}
