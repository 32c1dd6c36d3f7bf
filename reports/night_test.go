package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/prose"
)

// TestPageOpensWithTheVerdict: the gate's verdict comes first, with its baseline, what changed and the
// worst offenders; what the run says beside its own reference is in no good colour on a bad night.
func TestPageOpensWithTheVerdict(t *testing.T) {
	res := &store.Results{
		Run:      store.Run{RunID: "tonight", Suite: "s"},
		Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: store.StatusOK}, {Variant: "a", Status: store.StatusOK}},
	}
	var changes []string
	for i := range prose.PerNight + 3 {
		changes = append(changes, fmt.Sprintf("change %d", i))
	}
	night := &prose.Night{
		Verdict: "regression", Headline: "REGRESSION: a on d: R@1 fell", Base: "yesterday", Changed: changes,
		Offenders: []prose.Offender{{Variant: "a", Broke: []string{"score: R@1 fell", "drift: far"}}, {Variant: "b<i>", Broke: []string{"drift: near"}}}, Unmeasured: []string{"c: gone"}, Notes: []string{"BASE has no hashes"},
	}
	page := func(format string, n *prose.Night) string {
		var b strings.Builder
		require.NoError(t, WriteWith(&b, format, res, Extras{Night: n}))
		return b.String()
	}
	order := []string{"REGRESSION: a on d: R@1 fell", "Changed since the baseline, yesterday", "change 0", "and 3 more", "Worst offenders, by variant", "a: score: R@1 fell (and 1 more)", "drift: near", "Could not be measured", "c: gone", "BASE has no hashes", "Beside this run"}
	for _, format := range []string{"html", "md"} {
		text, at := page(format, night), 0
		for _, want := range order {
			next := strings.Index(text[at:], want)
			require.GreaterOrEqual(t, next, 0, "%s: %s", format, want)
			at += next
		}
		assert.NotContains(t, text, fmt.Sprintf("change %d", prose.PerNight), format)
	}
	bad := page("html", night)
	assert.NotContains(t, bad, "<i>")
	assert.Contains(t, bad, `class="verdict night is-bad"`)
	assert.NotContains(t, bad, `class="verdict is-calm"`)
	assert.NotContains(t, bad, `class="verdict is-good"`)
	pass := page("html", &prose.Night{Verdict: "pass", Headline: "PASS: 2 variants", Base: "yesterday"})
	assert.Contains(t, pass, `class="verdict night is-good"`)
	assert.Contains(t, pass, "nothing: program, machine")
	assert.Contains(t, page("html", &prose.Night{Verdict: "not measured", Headline: "NOT MEASURED: gone"}), `class="verdict night is-note"`)
	assert.NotContains(t, page("html", nil), `id="verdict"`)
}
