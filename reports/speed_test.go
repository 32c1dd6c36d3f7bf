package reports

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

func timed(variant, phase string, rep int64, ms float64, warm bool) store.Timing {
	return store.Timing{Variant: variant, Phase: phase, Modality: "image", Rep: rep, Items: 2, NS: int64(ms * 2e6), Warm: warm, Batch: 8, Threads: 1}
}

func timedRun(rows ...store.Timing) *store.Results {
	return &store.Results{
		Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}}, Timings: rows,
	}
}

func TestSpeed(t *testing.T) {
	tables := buildSpeed(timedRun(
		timed("ref", "decode", 0, 900, false), timed("ref", "decode", 1, 1, true), timed("ref", "decode", 2, 3, true),
		timed("ref", "encode", 1, 1, true), timed("ref", "encode", 2, 1, true),
		timed("v", "decode", 1, 2, true), timed("v", "decode", 2, 6, true), timed("v", "decode", 3, 1, true),
		timed("v", "encode", 1, 1, true), timed("v", "encode", 2, 1, true), // the third repetition has no encode
	))
	require.Len(t, tables, 1, "nothing was timed of texts")
	ref, v := tables[0].Rows[0], tables[0].Rows[1]
	decode := ref.Phases[1]
	assert.Equal(t, timing{Phase: "decode", Mean: 2, Std: decode.Std, Median: 2, Reps: 2}, decode, "the warm-up does not count")
	assert.InDelta(t, 1.41421356, float64(decode.Std), 1e-6)
	assert.False(t, ref.Phases[0].Mean.known(), "load was not timed")
	assert.Equal(t, 2, ref.Repetitions)
	assert.Equal(t, 1, ref.Warmups)
	assert.EqualValues(t, 8, ref.Batch)
	assert.Equal(t, 2, v.Total.Reps)
	assert.InDelta(t, 5, float64(v.Total.Mean), 1e-9)
	assert.InDelta(t, (3.0/2+7.0/4)/2, float64(v.VsReference), 1e-9)
	assert.InDelta(t, 1, float64(ref.VsReference), 1e-9)
}

// TestSpeedOtherPhases: totals over other phases are not compared, unknown ones are in none.
func TestSpeedOtherPhases(t *testing.T) {
	tables := build(timedRun(
		timed("ref", "decode", 0, 1, true), timed("ref", "encode", 0, 1, true),
		timed("v", "encode", 0, 1, true), timed("v", "index", 0, 5, true),
		store.Timing{Variant: "v", Phase: "encode", Modality: "image", Rep: 1, Warm: true}, // of no items
	)).Speed
	v := tables[0].Rows[1]
	assert.Equal(t, []string{"load", "decode", "preprocess", "encode", "to_output", "index"}, tables[0].Phases)
	assert.InDelta(t, 1, float64(v.Total.Mean), 1e-9)
	assert.False(t, v.VsReference.known())
	assert.Equal(t, "5.00", timingText(v.Phases[5]), "a single repetition has no deviation")
}

// TestSpeedServer: what a server computed is a part of encode, and in no total twice.
func TestSpeedServer(t *testing.T) {
	ns := int64(2e6)
	remote := timed("v", "encode", 0, 3, true)
	remote.ServerNS = &ns
	r := report{Speed: buildSpeed(timedRun(timed("ref", "encode", 0, 1, true), remote))}
	v := r.Speed[0].Rows[1]
	assert.InDelta(t, 3, float64(v.Total.Mean), 1e-9)
	assert.InDelta(t, 1, float64(v.Server.Mean), 1e-9)
	assert.InDelta(t, 2, float64(v.Transport.Mean), 1e-9)
	s := speedSection(r.Speed[0], r.Head)
	assert.Equal(t, []string{"encode: server", "encode: transport"}, s.Header[len(s.Header)-2:])
	assert.Equal(t, []string{"-", "-"}, s.Rows[0].Cells[len(s.Header)-2:], "ONNX Runtime is no server")
	assert.Equal(t, []string{"1.00", "2.00"}, s.Rows[1].Cells[len(s.Header)-2:])
}

func TestUsual(t *testing.T) {
	batch := func(r speedRow) int64 { return r.Batch }
	rows := []speedRow{{identity: identity{Variant: "a"}, Batch: 1}, {Batch: 32}, {Batch: 32}}
	assert.Equal(t, "32 (a: 1)", usual(rows, batch))
	assert.Equal(t, "32", usual(rows[1:], batch))
	assert.Equal(t, "0", usual(nil, batch))
}

func TestUnsteady(t *testing.T) {
	row := func(std number) speedRow {
		return speedRow{Phases: []timing{{Phase: "load", Mean: 10, Std: std}, {Phase: "encode", Mean: 10, Std: 0.1}, {Phase: "none", Mean: absent(), Std: absent()}}}
	}
	assert.Empty(t, unsteady([]speedRow{row(2)}))
	assert.Contains(t, unsteady([]speedRow{row(2), row(3), row(5)}), "load by up to 50 % (2 of 3 variants)")
}

// TestSpeedConditions: what a bench measured of a variant in several ways is not mixed.
func TestSpeedConditions(t *testing.T) {
	at := func(variant string, batch, rep int64, ms float64) store.Timing {
		x := timed(variant, "encode", rep, ms, true)
		x.Batch = batch
		return x
	}
	tables := build(timedRun(
		at("ref", 1, 0, 8), at("ref", 1, 1, 8), at("ref", 32, 0, 2), at("ref", 32, 1, 2),
		at("v", 1, 0, 4), at("v", 1, 1, 4), at("v", 32, 0, 4), at("v", 32, 1, 4))).Speed
	var got []string
	for _, r := range tables[0].Rows {
		got = append(got, fmt.Sprintf("%s, %s: %.2f %s", r.Variant, r.Condition, float64(r.Total.Median), ratio(r.VsReference)))
	}
	assert.Equal(t, []string{
		"ref, batch 1, threads 1: 8.00 1.00x", "v, batch 1, threads 1: 4.00 0.50x",
		"ref, batch 32, threads 1: 2.00 1.00x", "v, batch 32, threads 1: 4.00 2.00x",
	}, got)
	assert.Empty(t, build(timedRun(at("ref", 1, 0, 8), at("v", 32, 0, 4))).Speed[0].Rows[0].Condition, "one way a variant")
}
