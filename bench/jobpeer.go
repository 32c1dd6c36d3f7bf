package bench

import (
	"github.com/fastclip/fastclip/bench/peer"
	"github.com/fastclip/fastclip/metrics/stats"
)

// peerJobs lists the peer's jobs that correspond to ours.
func peerJobs(p *peer.Jobs, ours []Job) []Job {
	var out []Job
	for _, j := range ours {
		for _, name := range p.InsteadOf(peerJob(j.Variant, j.Phase)) {
			out = append(out, Job{Variant: name, Phase: p.Name, Batch: 1, Do: func() error { return p.Do(name) }})
		}
	}
	return out
}

// peerJob is the peers' name for one of our jobs. Of our decoders, only the one that equals Pillow's has a counterpart.
func peerJob(variant, phase string) string {
	switch {
	case phase == "preprocess":
		return variant
	case phase == "decode" && variant == "pillow":
		return phase
	}
	return ""
}

// PeerRow compares one job.
type PeerRow struct {
	Job    string  `json:"job"`
	Peer   string  `json:"peer"`
	MS     float64 `json:"ms_median"`
	PeerMS float64 `json:"peer_ms_median"`
	Ratio  float64 `json:"ratio"` // how many times faster we are
}

// comparePeer replaces the rows of the peer's jobs, which were timed from outside, by the times that the peer measured itself.
func comparePeer(p *peer.Jobs, rows []JobRow) (ours []JobRow, out []PeerRow) {
	for _, r := range rows {
		if r.Phase == p.Name {
			continue
		}
		ours = append(ours, r)
		job := peerJob(r.Variant, r.Phase)
		for _, name := range p.InsteadOf(job) {
			ms, who := p.MS[name], p.Name
			if name != job {
				who += " " + name
			}
			if ms = secondRuns(ms); len(ms) > 0 {
				theirs := stats.Median(ms)
				out = append(out, PeerRow{job, who, r.MSMedian, theirs, theirs / r.MSMedian})
			}
		}
	}
	return ours, out
}

// secondRuns picks the last run of each turn, without the first turn.
func secondRuns(ms []float64) (out []float64) {
	for i := 2*RunsATurn - 1; i < len(ms); i += RunsATurn {
		out = append(out, ms[i])
	}
	return out
}
