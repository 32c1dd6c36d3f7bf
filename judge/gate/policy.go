// Package gate judges a comparison of two runs by a policy. The verdict is pass, regression or could not
// be measured. What was not measured never passes.
package gate

import (
	"cmp"
	_ "embed" // the default policy
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/strictyaml"
)

//go:embed policy.yaml
var defaultPolicy []byte

// Policy is a policy file; policy.yaml documents it.
type Policy struct {
	Alpha float64 `yaml:"alpha"`
	Rules []Rule  `yaml:"rules"`

	path string // of the policy file, for errors
}

// Rule holds the limits for the variants whose name Match fits.
type Rule struct {
	Match    string    `yaml:"match"`
	Drift    *Drift    `yaml:"drift"`
	Score    *Score    `yaml:"score"`
	Slowdown *Slowdown `yaml:"slowdown"`
	Skip     []string  `yaml:"skip"`
	// OtherClass decides about variants that multiply in 8 bits when HEAD ran on another class of
	// processors than BASE: refuse (could not be measured), or allow (judged all the same).
	OtherClass string `yaml:"other_class"`
	// Faults decides about a variant with zero vectors, constant outputs, embeddings that depend on the
	// batch, or files that do not agree: allow, or refuse.
	Faults string `yaml:"faults"`

	// HistorySteps decides about a level that became worse since the baseline, as history finds it: note,
	// or fail.
	HistorySteps string `yaml:"history_steps"`

	match *regexp.Regexp
	at    string // in the policy file: "[line:column] "
}

// Drift limits how far embeddings may be from BASE's. The limit is a mean |a-b|, a multiple of the noise
// floor that HEAD measured, or what the drift could do to a score. Drift also limits how much farther from
// the reference they may be than BASE's. A nil limit is no limit.
type Drift struct {
	MeanAbs          *float64 `yaml:"mean_abs"`
	FloorFactor      *float64 `yaml:"floor_factor"`
	MayChangePercent *float64 `yaml:"may_change_percent"` // share of queries whose outcome the flip budget leaves open
	RowFactor        *float64 `yaml:"row_factor"`         // one item may move this many times the limit of the mean
	ReferenceFactor  *float64 `yaml:"reference_factor"`
	ReferenceFloor   *float64 `yaml:"reference_floor"`
	Scale            string   `yaml:"scale"` // judge; or allow, where lengths may change and only directions are judged
}

// Scale decides about embeddings that differ from BASE's only in length, for example after a re-export
// that normalises them. Scores take unit vectors and see no difference. Users who multiply raw vectors do.
const (
	ScaleJudge = "judge"
	ScaleAllow = "allow"
)

// The choices of OtherClass.
const (
	ClassRefuse = "refuse"
	ClassAllow  = "allow"
)

// The choices of Faults.
const (
	FaultsAllow  = "allow"
	FaultsRefuse = "refuse"
)

// Score limits how many points of 100 a metric may lose, in one search and in the mean over all searches.
type Score struct {
	Points       *float64 `yaml:"points"`
	PooledPoints *float64 `yaml:"pooled_points"`
	Metrics      []string `yaml:"metrics"`
	Directions   []string `yaml:"directions"`
}

// Slowdown limits how many per cent longer an item may take. UnconfirmedPercent is the limit where nothing
// was run again.
type Slowdown struct {
	Percent            *float64 `yaml:"percent"`
	UnconfirmedPercent *float64 `yaml:"unconfirmed_percent"`
	MachinePercent     *float64 `yaml:"machine_percent"`
	HistoryPercent     *float64 `yaml:"history_percent"` // against the nights before, with --history
}

// The checks of a rule.
const (
	CheckScore    = "score"
	CheckDrift    = "drift"
	CheckSlowdown = "slowdown"
)

var checks = []string{CheckScore, CheckDrift, CheckSlowdown}

// DefaultPolicy is the embedded file's bytes.
func DefaultPolicy() []byte { return slices.Clone(defaultPolicy) }

// LoadPolicy reads a policy file, or the default one when path is empty.
func LoadPolicy(path string) (*Policy, error) {
	if path == "" {
		return ParsePolicy(defaultPolicy)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	p, err := ParsePolicy(data)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", path, err)
	}
	p.path = path
	return p, nil
}

// ParsePolicy parses and checks a policy file's bytes. Its errors name line and column. The default policy
// fills in what the file leaves out.
func ParsePolicy(data []byte) (*Policy, error) {
	def, err := decode(defaultPolicy)
	if err != nil {
		return nil, err
	}
	p, err := decode(data)
	if err != nil {
		return nil, err
	}
	p.fill(def)
	if err := p.check(data); err != nil {
		return nil, err
	}
	for i := range p.Rules {
		p.Rules[i].at = strictyaml.Position(data, fmt.Sprintf("$.rules[%d].match", i))
	}
	return p, nil
}

// leftOut marks an alpha that the file does not name; 0 would be a value.
var leftOut = math.Inf(-1)

func decode(data []byte) (*Policy, error) {
	p := &Policy{Alpha: leftOut}
	if err := strictyaml.Decode(data, p); err != nil {
		return nil, err
	}
	return p, nil
}

// fill sets what the file left out to the default's values.
func (p *Policy) fill(def *Policy) {
	if p.Alpha == leftOut {
		p.Alpha = def.Alpha
	}
	for i := range p.Rules {
		r, d := &p.Rules[i], def.Rules[0]
		r.match = glob(r.Match)
		r.OtherClass, r.Faults = cmp.Or(r.OtherClass, d.OtherClass), cmp.Or(r.Faults, d.Faults)
		r.HistorySteps = cmp.Or(r.HistorySteps, d.HistorySteps)
		orPart(&r.Drift)
		orPart(&r.Score)
		orPart(&r.Slowdown)
		if r.Drift.FloorFactor == nil && r.Drift.MayChangePercent == nil { // either replaces the limit of mean |a-b|
			orValue(&r.Drift.MeanAbs, d.Drift.MeanAbs)
		}
		r.Drift.Scale = cmp.Or(r.Drift.Scale, d.Drift.Scale)
		orValue(&r.Drift.RowFactor, d.Drift.RowFactor)
		orValue(&r.Drift.ReferenceFactor, d.Drift.ReferenceFactor)
		orValue(&r.Drift.ReferenceFloor, d.Drift.ReferenceFloor)
		if r.Score.Points != nil && r.Score.PooledPoints == nil { // the pooled limit is never looser than the limit the file asked for
			most := max(*r.Score.Points/2, *d.Score.PooledPoints)
			r.Score.PooledPoints = &most
		}
		orValue(&r.Score.Points, d.Score.Points)
		orValue(&r.Score.PooledPoints, d.Score.PooledPoints)
		if r.Slowdown.Percent != nil && r.Slowdown.UnconfirmedPercent == nil { // the unconfirmed limit is never stricter than the limit the file asked for
			u := max(*r.Slowdown.Percent, *d.Slowdown.UnconfirmedPercent)
			r.Slowdown.UnconfirmedPercent = &u
		}
		orValue(&r.Slowdown.Percent, d.Slowdown.Percent)
		orValue(&r.Slowdown.UnconfirmedPercent, d.Slowdown.UnconfirmedPercent)
		orValue(&r.Slowdown.MachinePercent, d.Slowdown.MachinePercent)
		orValue(&r.Slowdown.HistoryPercent, d.Slowdown.HistoryPercent)
		if r.Score.Metrics == nil {
			r.Score.Metrics = d.Score.Metrics
		}
		if r.Score.Directions == nil {
			r.Score.Directions = d.Score.Directions
		}
	}
}

func orPart[T any](p **T) {
	if *p == nil {
		*p = new(T)
	}
}

func orValue(v **float64, def *float64) {
	if *v == nil {
		*v = def
	}
}

// judges tells whether the rule makes a check.
func (r *Rule) judges(check string) bool { return !slices.Contains(r.Skip, check) }

// scores tells whether the rule looks at the outcomes of a metric in a direction.
func (r *Rule) scores(metric, direction string) bool {
	return slices.Contains(r.Score.Metrics, metric) && slices.Contains(r.Score.Directions, direction)
}

// rule is the first rule that fits the variant, or nil.
func (p *Policy) rule(variant string) *Rule {
	for i := range p.Rules {
		if p.Rules[i].match.MatchString(variant) {
			return &p.Rules[i]
		}
	}
	return nil
}

// glob lets * match any text, slashes included, because variant names contain slashes.
func glob(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	return regexp.MustCompile("(?s)^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted) + "$")
}
