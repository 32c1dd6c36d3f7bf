package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/metrics/stats"
)

// peer is another program that does the same jobs on the same picture, one when it is told to,
// and times itself, so that both sides are measured in turn in one run.
type peer struct {
	Name string   `json:"name"`
	Jobs []string `json:"jobs"` // decode, or a pipeline's name
	// Against says which of our jobs another one of its own is compared with.
	Against map[string]string `json:"against"`

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	ms  map[string][]float64
}

// startPeer runs command, which is told the picture as its last argument.
func startPeer(ctx context.Context, command, image string, stderr io.Writer) (*peer, error) {
	words := append(strings.Fields(command), image)
	p := &peer{cmd: exec.CommandContext(ctx, words[0], words[1:]...), ms: map[string][]float64{}}
	p.cmd.Stderr = stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("--peer: %w", err)
	}
	p.out = bufio.NewReader(out)
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, p)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--peer %s: first line %q: %w", command, line, err), p.close())
	}
	return p, nil
}

// do has the peer do a job once.
func (p *peer) do(job string) error {
	if _, err := fmt.Fprintln(p.in, job); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.Name, job, err)
	}
	ms, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.Name, job, err)
	}
	p.ms[job] = append(p.ms[job], ms)
	return nil
}

func (p *peer) close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}

// jobs are the peer's own among ours.
func (p *peer) jobs(ours []bench.Job) []bench.Job {
	var out []bench.Job
	for _, j := range ours {
		for _, name := range p.insteadOf(peerJob(j.Variant, j.Phase)) {
			out = append(out, bench.Job{Variant: name, Phase: p.Name, Batch: 1, Do: func() error { return p.do(name) }})
		}
	}
	return out
}

// insteadOf is the peer's jobs that are compared with one of ours.
func (p *peer) insteadOf(job string) (names []string) {
	if slices.Contains(p.Jobs, job) {
		names = append(names, job)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Against)) {
		if p.Against[name] == job {
			names = append(names, name)
		}
	}
	return names
}

// peerJob is what peers call a job of ours. Of our decoders, the one that equals Pillow is compared.
func peerJob(variant, phase string) string {
	switch {
	case phase == "preprocess":
		return variant
	case phase == "decode" && variant == "pillow":
		return phase
	}
	return ""
}

// peerRow compares one job.
type peerRow struct {
	Job    string  `json:"job"`
	Peer   string  `json:"peer"`
	MS     float64 `json:"ms_median"`
	PeerMS float64 `json:"peer_ms_median"`
	Ratio  float64 `json:"ratio"` // how many times as fast we are
}

// compare takes the peer's rows, which were timed from outside, for its own figures.
func (p *peer) compare(rows []bench.JobRow) (ours []bench.JobRow, out []peerRow) {
	for _, r := range rows {
		if r.Phase == p.Name {
			continue
		}
		ours = append(ours, r)
		job := peerJob(r.Variant, r.Phase)
		for _, name := range p.insteadOf(job) {
			ms, who := p.ms[name], p.Name
			if name != job {
				who += " " + name
			}
			if ms = measured(ms); len(ms) > 0 {
				theirs := stats.Median(ms)
				out = append(out, peerRow{job, who, r.MSMedian, theirs, theirs / r.MSMedian})
			}
		}
	}
	return ours, out
}

// measured is the last run of each turn but the first.
func measured(ms []float64) (out []float64) {
	for i := 2*bench.RunsATurn - 1; i < len(ms); i += bench.RunsATurn {
		out = append(out, ms[i])
	}
	return out
}

func writePeer(w io.Writer, rows []peerRow, asJSON bool) error {
	for _, r := range rows {
		if asJSON {
			if err := json.NewEncoder(w).Encode(r); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %.3f ms, %s %.3f ms: %.1f times as fast\n", r.Job, r.MS, r.Peer, r.PeerMS, r.Ratio); err != nil {
			return err
		}
	}
	return nil
}
