package prose

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// TestSpeedOtherPhases: totals over other phases are not compared, unknown ones are in none.
func TestSpeedOtherPhases(t *testing.T) {
	tables := facts.Build(reportstest.TimedRun(
		reportstest.Timed("ref", "decode", 0, 1, true), reportstest.Timed("ref", "encode", 0, 1, true),
		reportstest.Timed("v", "encode", 0, 1, true), reportstest.Timed("v", "index", 0, 5, true),
		store.Timing{Variant: "v", Phase: "encode", Modality: "image", Rep: 1, Warm: true}, // of no items
	)).Speed
	v := tables[0].Rows[1]
	assert.Equal(t, []string{"load", "decode", "preprocess", "encode", "to_output", "index"}, tables[0].Phases)
	assert.InDelta(t, 1, float64(v.Total.Mean), 1e-9)
	assert.False(t, v.VsReference.Known())
	assert.Equal(t, "5.00", timingText(v.Phases[5]), "a single repetition has no deviation")
}

func TestUsual(t *testing.T) {
	batch := func(r facts.SpeedRow) int64 { return r.Batch }
	rows := []facts.SpeedRow{{Identity: facts.Identity{Variant: "a"}, Batch: 1}, {Batch: 32}, {Batch: 32}}
	assert.Equal(t, "32 (a: 1)", usual(rows, batch))
	assert.Equal(t, "32", usual(rows[1:], batch))
	assert.Equal(t, "0", usual(nil, batch))
}

func TestUnsteady(t *testing.T) {
	row := func(std facts.Number) facts.SpeedRow {
		return facts.SpeedRow{Phases: []facts.Timing{{Phase: "load", Mean: 10, Std: std}, {Phase: "encode", Mean: 10, Std: 0.1}, {Phase: "none", Mean: facts.Absent(), Std: facts.Absent()}}}
	}
	assert.Empty(t, unsteady([]facts.SpeedRow{row(2)}))
	assert.Contains(t, unsteady([]facts.SpeedRow{row(2), row(3), row(5)}), "load by up to 50 % (2 of 3 variants)")
}

// TestSpeedConditions: what a bench measured of a variant in several ways is not mixed.
func TestSpeedConditions(t *testing.T) {
	at := func(variant string, batch, rep int64, ms float64) store.Timing {
		x := reportstest.Timed(variant, "encode", rep, ms, true)
		x.Batch = batch
		return x
	}
	tables := facts.Build(reportstest.TimedRun(
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
	assert.Empty(t, facts.Build(reportstest.TimedRun(at("ref", 1, 0, 8), at("v", 32, 0, 4))).Speed[0].Rows[0].Condition, "one way a variant")
}

// TestSpeedServer: what a server computed is a part of encode, and in no total twice.
func TestSpeedServer(t *testing.T) {
	ns := int64(2e6)
	remote := reportstest.Timed("v", "encode", 0, 3, true)
	remote.ServerNS = &ns
	r := facts.Build(reportstest.TimedRun(reportstest.Timed("ref", "encode", 0, 1, true), remote))
	v := r.Speed[0].Rows[1]
	assert.InDelta(t, 3, float64(v.Total.Mean), 1e-9)
	assert.InDelta(t, 1, float64(v.Server.Mean), 1e-9)
	assert.InDelta(t, 2, float64(v.Transport.Mean), 1e-9)
	s := SpeedSection(r.Speed[0], r.Head)
	assert.Equal(t, []string{"encode: server", "encode: transport"}, s.Header[len(s.Header)-2:])
	assert.Equal(t, []string{"-", "-"}, s.Rows[0].Texts()[len(s.Header)-2:], "ONNX Runtime is no server")
	assert.Equal(t, []string{"1.00", "2.00"}, s.Rows[1].Texts()[len(s.Header)-2:])
}
