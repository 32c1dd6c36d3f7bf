package gate

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/paired"
)

// pooledScores judges each variant once over all its searches. It finds a loss of one point that is in
// every search but too small to show in any of them. Where a single search shows a loss already, that
// finding stands instead, because it says more. The pooled tests are a family of their own, corrected by
// step-down maxT.
func (j *judge) pooledScores() {
	rules := map[string]*Rule{}
	for _, x := range j.out.Judged {
		if x.Check == CheckScore {
			rules[x.Variant] = j.policy.rule(x.Variant)
		}
	}
	all := j.cmp.PooledScores(func(variant, direction, metric string) bool {
		r := rules[variant]
		return r != nil && slices.Contains(r.Score.Metrics, metric) && slices.Contains(r.Score.Directions, direction)
	})
	j.out.PooledTests = len(all)
	shown := map[string]bool{}
	for _, f := range j.out.Regressions {
		shown[f.Variant] = shown[f.Variant] || f.Check == CheckScore
	}
	for _, p := range all {
		lost, limit := -100*p.Delta, *rules[p.Variant].Score.PooledPoints
		if shown[p.Variant] || lost <= limit || p.PMaxT >= j.scoreAlpha() {
			continue
		}
		j.out.Regressions = append(j.out.Regressions, Finding{
			Check: CheckScore, Variant: p.Variant, Dataset: p.Dataset, Where: "pooled " + p.Metric, Value: lost, Limit: limit, P: p.PMaxT, Tests: len(all),
			Stage: j.scoreStage(p.Variant, p.Dataset), Text: pooledText(p, lost, limit),
		})
	}
}

func pooledText(p paired.Pooled, lost, limit float64) string {
	was, now := compare.Points(p.Base, p.Head)
	return fmt.Sprintf("%s over all %d searches together fell from %s to %s: %s points (limit %g; %d of %d queries changed)",
		p.Metric, p.Searches, was, now, compare.PointsBy(lost/100), limit, p.Changed, p.Queries)
}

// scoreAlpha is the level of each of the two families of score tests: single searches and pooled scores.
func (j *judge) scoreAlpha() float64 { return j.policy.Alpha / 2 }
