package ort

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Profile is what ONNX Runtime says about where a model's nodes ran.
type Profile struct {
	Shares []Share `json:"shares"` // the provider with most time first
	// Arithmetic is the share of the arithmetic's time by the type that it was done in: float, float16,
	// bfloat16, int8 (of either sign) and so on. Casts and what only moves values are none.
	Arithmetic map[string]float64 `json:"arithmetic,omitempty"`
}

// Share is the part that ran on one provider.
type Share struct {
	Provider  string  `json:"provider"` // as Label has it
	Nodes     int     `json:"nodes"`    // of the optimised graph, each counted once
	NodeShare float64 `json:"node_share"`
	TimeShare float64 `json:"time_share"` // of the nodes' time, without each node's first run
}

// Of is a provider's share; zeros if nothing ran on it.
func (p Profile) Of(provider string) Share {
	for _, s := range p.Shares {
		if s.Provider == Label(provider) {
			return s
		}
	}
	return Share{Provider: Label(provider)}
}

// Profile runs a model in a separate session with the same options and ONNX Runtime's profiler. The profiler slows
// it down, so timed runs are never profiled. use has to make at least two runs.
func (l *Library) Profile(m Model, output Output, opt Options, use func(*Session) error) (p Profile, err error) {
	dir, err := os.MkdirTemp("", "fastclip-profile-")
	if err != nil {
		return Profile{}, fmt.Errorf("profile: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := l.load(m, output, opt, filepath.Join(dir, "ort"))
	if err != nil {
		return Profile{}, err
	}
	if err := errors.Join(use(s), s.Close()); err != nil { // Close writes the profile
		return Profile{}, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "ort*.json"))
	if err != nil || len(files) != 1 {
		return Profile{}, fmt.Errorf("profile: onnx runtime wrote %d files", len(files))
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return Profile{}, fmt.Errorf("profile: %w", err)
	}
	return ParseProfile(data)
}

// event is one of the profile's, which are Chrome's trace events; dur is in microseconds.
type event struct {
	Category string `json:"cat"`
	Name     string `json:"name"`
	Duration int64  `json:"dur"`
	Args     struct {
		Provider string          `json:"provider"`
		Index    json.RawMessage `json:"node_index"`
		Op       string          `json:"op_name"`
		Inputs   json.RawMessage `json:"input_type_shape"` // [{"float": [1, 2]}, ...]; other versions have other words
	} `json:"args"`
}

// ParseProfile reads a profile as ONNX Runtime writes it.
func ParseProfile(data []byte) (Profile, error) {
	var events []event
	if err := json.Unmarshal(data, &events); err != nil {
		return Profile{}, fmt.Errorf("onnx runtime's profile: %w", err)
	}
	type node struct{ provider, name, index string }
	runs, nodes := map[node]int{}, map[string]int{}
	worked, counted := map[string]float64{}, map[string]float64{}
	times, first := map[string]time.Duration{}, map[string]time.Duration{}
	for _, e := range events {
		name, ok := strings.CutSuffix(e.Name, "_kernel_time")
		if e.Category != "Node" || !ok || e.Args.Provider == "" {
			continue
		}
		provider := Label(e.Args.Provider)
		took := time.Duration(max(e.Duration, 0)) * time.Microsecond
		n := node{provider, name, string(e.Args.Index)}
		if kind := arithmeticIn(e.Args.Op, e.Args.Inputs); kind != "" {
			counted[kind]++
			if runs[n] > 0 {
				worked[kind] += float64(took)
			}
		}
		if runs[n]++; runs[n] == 1 {
			nodes[provider]++
			first[provider] += took
		} else {
			times[provider] += took
		}
	}
	if len(nodes) == 0 {
		return Profile{}, errors.New("onnx runtime's profile names no node")
	}
	if len(times) == 0 {
		times = first
	}
	p := newProfile(nodes, times)
	if p.Arithmetic = shares(worked); p.Arithmetic == nil {
		p.Arithmetic = shares(counted)
	}
	return p, nil
}

func newProfile(nodes map[string]int, times map[string]time.Duration) Profile {
	var all, total float64
	for provider, n := range nodes {
		all, total = all+float64(n), total+float64(times[provider])
	}
	var p Profile
	for provider, n := range nodes {
		s := Share{Provider: provider, Nodes: n, NodeShare: float64(n) / all, TimeShare: float64(n) / all}
		if total > 0 { // not so of a model whose nodes all take less than the profile's microsecond
			s.TimeShare = float64(times[provider]) / total
		}
		p.Shares = append(p.Shares, s)
	}
	slices.SortFunc(p.Shares, func(a, b Share) int {
		if a.TimeShare != b.TimeShare {
			return map[bool]int{true: -1, false: 1}[a.TimeShare > b.TimeShare]
		}
		return strings.Compare(a.Provider, b.Provider)
	})
	return p
}

// Verdict is the reason why a model did not run on the provider that was asked for, or "". Half of the time must
// have been spent there. Some providers only start work on a device and so show little time in a profile; for
// them, half of the nodes is enough.
func (p Profile) Verdict(provider string) string {
	const most = 0.5
	own := p.Of(provider)
	if own.TimeShare >= most || own.NodeShare >= most && slices.Contains(asynchronous(), own.Provider) {
		return ""
	}
	other := Share{}
	for _, s := range p.Shares {
		if s.Provider != own.Provider && s.NodeShare > other.NodeShare {
			other = s
		}
	}
	return fmt.Sprintf("provider %s was requested, but %.0f %% of nodes ran on %s (%.0f %% of time)", own.Provider, 100*other.NodeShare, other.Provider, 100*other.TimeShare)
}
