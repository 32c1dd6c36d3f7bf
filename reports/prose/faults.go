package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// faultVerdict counts the variants whose numbers cannot be trusted. any is false when there are none.
func faultVerdict(res *store.Results) (v Verdict, any bool) {
	v = Verdict{Kind: "faults", State: "bad"}
	var names []string
	for _, x := range facts.Identities(res) {
		if x.Ok() && x.Faulty {
			names = append(names, x.Variant)
			v.Items = append(v.Items, x.Variant+": "+x.Fault)
		}
	}
	if len(names) == 0 {
		return v, false
	}
	who := names[0]
	if more := len(names) - 1; more > 0 {
		who += fmt.Sprintf(" and %d more", more)
	}
	v.Headline = fmt.Sprintf("%d of %s %s faulty (%s)", len(names), Plural(len(res.Variants), "variant"), be(len(names)), who)
	switch {
	case faultyReference(res):
		v.Headline += ", and gains beside a faulty reference do not count"
	case len(names) == 1:
		v.Headline += ", and its gains do not count"
	default:
		v.Headline += ", and their gains do not count"
	}
	return v, true
}

// faultyReference tells whether the reference, with which all variants are compared, has a fault.
func faultyReference(res *store.Results) bool { return res != nil && facts.Reference(res).Faulty }
