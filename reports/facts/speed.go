package facts

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// SpeedTable is how long the items of a modality take.
type SpeedTable struct {
	Modality string     `json:"modality"`
	Phases   []string   `json:"phases"`
	Rows     []SpeedRow `json:"rows"`
}

// SpeedRow is a variant's row. Total is the sum over the known phases, repetition by repetition.
// VsReference compares each repetition's total with the reference's total in the same repetition, and is
// the median of these ratios. A slow minute of the machine does not move it. It is absent when the two do
// not have the same phases.
type SpeedRow struct {
	Identity
	Condition   string   `json:"condition,omitempty"` // batch and threads, when a variant was measured under several
	Phases      []Timing `json:"phases"`              // one per phase of the table
	Total       Timing   `json:"total"`
	Server      *Timing  `json:"server,omitempty"`    // part of encode: what the encoder's server says it computed
	Transport   *Timing  `json:"transport,omitempty"` // part of encode: the rest
	VsReference Number   `json:"vs_reference"`
	PHolm       Number   `json:"p_holm"` // p value of VsReference being 1: sign test, corrected over all variants, images and texts
	Batch       int64    `json:"batch"`  // items per call of encode
	Threads     int64    `json:"threads"`
	Items       int64    `json:"items"`
	Repetitions int      `json:"repetitions"`
	Warmups     int      `json:"warmups"`                // earlier repetitions, which do not count
	Group       int64    `json:"timing_group,omitempty"` // variants of one group were timed in turn; the reference is in each group, and this is its last one
}

// Timing sums up repetitions, in milliseconds per item.
type Timing struct {
	Phase  string `json:"phase"`
	Mean   Number `json:"mean_ms"`
	Std    Number `json:"std_ms"` // absent for a single repetition
	Median Number `json:"median_ms"`
	Reps   int    `json:"repetitions"`
}

// Modalities are the speed tables. Each lists the phases in the order in which an item passes them.
func Modalities() []SpeedTable {
	return []SpeedTable{
		{Modality: "image", Phases: []string{"load", "decode", "preprocess", "encode", "to_output"}},
		{Modality: "text", Phases: []string{"tokenize", "encode", "to_output"}},
	}
}

// buildSpeed builds a table for each modality that was timed.
func buildSpeed(res *store.Results) []SpeedTable {
	tables := []SpeedTable{}
	for _, t := range Modalities() {
		known := t.Phases
		var rows []store.Timing
		for _, x := range res.Timings {
			if x.Modality != t.Modality || x.Items <= 0 {
				continue
			}
			rows = append(rows, x)
			if x.Warm && !slices.Contains(t.Phases, x.Phase) {
				t.Phases = append(slices.Clip(t.Phases), x.Phase)
			}
		}
		if len(rows) == 0 {
			continue
		}
		for _, part := range byCondition(rows) {
			ref := Series{}
			if v := Reference(res); v.Ok() {
				ref = Collect(part.rows, v.Variant)
			}
			for _, v := range Identities(res) {
				row := NewSpeedRow(v, t.Phases, known, part.rows, ref)
				row.Condition = part.name
				t.Rows = append(t.Rows, row)
			}
		}
		tables = append(tables, t)
	}
	correctSpeed(tables)
	return tables
}

func NewSpeedRow(v Identity, phases, known []string, rows []store.Timing, ref Series) SpeedRow {
	row := SpeedRow{Identity: v, VsReference: Absent(), PHolm: Absent()}
	own := Series{}
	if v.Ok() {
		own = Collect(rows, v.Variant)
		row.conditions(rows)
	}
	for _, phase := range phases {
		row.Phases = append(row.Phases, summary(phase, own[phase]))
	}
	total := own.Total(known)
	row.Total = summary("total", total)
	if server, transport := split(rows, v.Variant); v.Ok() && len(server) > 0 {
		computed, rest := summary("server", server), summary("transport", transport)
		row.Server, row.Transport = &computed, &rest
	}
	if own.same(ref, known) {
		row.VsReference = ratioOf(total, ref.Total(known))
		row.PHolm = signTest(total, ref.Total(known))
	}
	return row
}

// Shown tells whether the difference from the reference in time is more than chance.
func (r SpeedRow) Shown() bool { return r.PHolm < Level }

// conditions records the conditions under which the row was measured.
func (r *SpeedRow) conditions(rows []store.Timing) {
	warm, cold := map[int64]bool{}, map[int64]bool{}
	for _, x := range rows {
		if x.Variant != r.Variant {
			continue
		}
		if !x.Warm {
			cold[x.Rep] = true
			continue
		}
		warm[x.Rep] = true
		r.Group = max(r.Group, x.Group)
		r.Threads = max(r.Threads, x.Threads)
		if x.Items > 0 && (r.Items == 0 || x.Items < r.Items) { // short calls are repeated and have more items
			r.Items = x.Items
		}
		if x.Phase == "encode" {
			r.Batch = max(r.Batch, x.Batch)
		}
	}
	r.Repetitions, r.Warmups = len(warm), len(cold)
}
