package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/eval/stats"
)

// peer is another program that does the same jobs on the same picture, one when it is told to,
// and times itself, so that both sides are measured in turn in one run.
type peer struct {
	Name string   `json:"name"`
	Jobs []string `json:"jobs"` // decode, or a pipeline's name

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
func (p *peer) jobs(ours []benchJob) []benchJob {
	var out []benchJob
	for _, j := range ours {
		if name := peerJob(j.variant, j.phase); slices.Contains(p.Jobs, name) {
			out = append(out, benchJob{name, p.Name, 1, func() error { return p.do(name) }})
		}
	}
	return out
}

// peerJob is what peers call a job of ours: our decoder that gives Pillow's pixels stands for
// all.
func peerJob(variant, phase string) string {
	if phase != "decode" {
		return variant
	}
	if variant == "pillow" {
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
func (p *peer) compare(rows []benchRow) (ours []benchRow, out []peerRow) {
	for _, r := range rows {
		if r.Phase == p.Name {
			continue
		}
		ours = append(ours, r)
		if ms := p.ms[peerJob(r.Variant, r.Phase)]; len(ms) > 1 {
			theirs := stats.Median(ms[1:]) // the first is not measured
			out = append(out, peerRow{peerJob(r.Variant, r.Phase), p.Name, r.MSMedian, theirs, theirs / r.MSMedian})
		}
	}
	return ours, out
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
