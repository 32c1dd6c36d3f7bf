package bench

import (
	"slices"
	"time"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
)

// SaveInference writes every call into a run's folder without scores. The phases are load, first and encode, with one repetition per call. warm marks the
// calls of the steady state.
func SaveInference(dir string, cfg Config, started time.Time, rows []InferenceRow) error {
	id := benchID(started)
	res := benchResults(cfg, "bench inference", id, started)
	for _, r := range rows {
		benchVariant(res, cfg, r.Variant, r.Status, r.Reason, r.Faults)
		if r.Status != store.StatusOK {
			continue
		}
		add := func(phase string, rep, items int, took time.Duration, warm bool) {
			res.Timings = append(res.Timings, store.Timing{
				RunID: id, Variant: r.Variant, Phase: phase, Modality: r.Tower, Batch: int64(r.Batch), Threads: int64(r.Threads),
				Rep: int64(rep), Items: int64(items), NS: took.Nanoseconds(), Warm: warm,
			})
		}
		add(store.PhaseLoad, 0, 1, r.Load, false)
		add(store.PhaseFirst, 0, r.Batch, r.FirstShape, false)
		for i, d := range r.Series {
			add(store.PhaseEncode, i, r.Batch, d, i >= r.Warmup)
		}
	}
	return saveBench(dir, id, res)
}

func benchID(started time.Time) string { return started.Format("20060102T150405Z") }

func benchResults(cfg Config, what, id string, started time.Time) *store.Results {
	h := machine.ThisHost()
	return &store.Results{Run: store.Run{
		RunID: id, StartedAt: started, FinishedAt: time.Now().UTC(), ToolVersion: cfg.Tool, ToolCommit: cfg.Commit, SchemaVersion: store.SchemaVersion,
		Suite: what + " " + cfg.Suite.Name, SuiteSHA256: cfg.Suite.SHA256, Host: h.Name, OS: h.OS, Arch: h.Arch, CPUModel: h.CPU,
		Cores: int64(h.Cores), MemoryBytes: h.MemoryBytes, Status: store.StatusOK,
	}}
}

func saveBench(dir, id string, res *store.Results) error {
	f, err := store.Create(dir)
	if err != nil {
		return err
	}
	if err := f.Save(res); err != nil {
		return err
	}
	return f.Finish(id)
}

// SaveIndexing writes every batch into a run's folder without scores, with one repetition per batch and phase. warm marks the batches after the warm-up.
func SaveIndexing(dir string, cfg Config, started time.Time, rows []IndexingRow) error {
	id := benchID(started)
	res := benchResults(cfg, "bench indexing", id, started)
	for _, r := range rows {
		benchVariant(res, cfg, r.Variant, r.Status, r.Reason, r.Faults)
		for _, phase := range r.Phases {
			for i, d := range r.Series[phase] {
				res.Timings = append(res.Timings, store.Timing{
					RunID: id, Variant: r.Variant, Phase: phase, Modality: r.Modality, Batch: int64(r.Batch),
					Rep: int64(i), Items: int64(r.Items[i]), NS: d.Nanoseconds(), Warm: i >= r.Warmup,
				})
			}
		}
	}
	return saveBench(dir, id, res)
}

// benchVariant keeps one row per variant. A variant failed if one of its cells failed.
func benchVariant(res *store.Results, cfg Config, name, status, reason string, faults []string) {
	at := slices.IndexFunc(res.Variants, func(v store.Variant) bool { return v.Variant == name })
	if at < 0 {
		at = len(res.Variants)
		res.Variants = append(res.Variants, store.Variant{RunID: res.Run.RunID, Variant: name, IsReference: name == cfg.Suite.Reference, Status: status, Reason: reason, Faults: faults})
	}
	if status != store.StatusOK {
		res.Variants[at].Status, res.Variants[at].Reason, res.Run.Status = status, reason, store.StatusFailed
	}
}
