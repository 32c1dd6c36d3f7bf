package encoders

import (
	"encoding/json"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
)

// pythonInfoFromCache is InfoFromCache of a model that runs in Python: its packages are pinned by the adapter, so
// that what an earlier start of it has told holds as long as the adapter, the model and the options are
// the same. A device may be gone since; only the processor is taken for granted.
func pythonInfoFromCache(spec Spec, env Env) (Info, bool) {
	if spec.Provider != "cpu" {
		return Info{}, false
	}
	p, err := newPython(spec, env, func(m *Model, file string) (string, error) { return m.keptSum(file, env.Kept, time.Now(), quickBytes) })
	if err != nil {
		return Info{}, false
	}
	script, ok := python.Pinned(adapters.Script(p.script))
	if !ok {
		return Info{}, false
	}
	key, err := p.factsKey(spec, script)
	if err != nil {
		return Info{}, false
	}
	e := &remoteEncoder{}
	if data, ok := env.Kept.Get(key); !ok || json.Unmarshal(data, &e.info) != nil || e.info.Dim == 0 {
		return Info{}, false
	}
	p.identify(e, spec, script)
	return e.info, true
}

// factsKey is what an adapter's answers depend on.
func (p *pythonModel) factsKey(spec Spec, script string) (string, error) {
	key, err := json.Marshal([]any{"python", spec.Runtime, script, p.hash, pythonArgs(spec, "")})
	return string(key), err
}

// keep stores what the adapter has told for later runs.
func (p *pythonModel) keep(spec Spec, script string, told Info, kept Kept) error {
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
