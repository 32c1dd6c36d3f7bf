package gate

import "testing"

// FuzzParsePolicy: any bytes are a policy or an error, and what is one says the same when read again.
func FuzzParsePolicy(f *testing.F) {
	f.Add(defaultPolicy)
	for _, seed := range []string{
		"", "rules: []", "rules: [{variant: x, drift: {row_factor: 10}}]", "alpha: .nan", "rules: [{variant: '[', drift: {mean_abs: -1}}]", "a: &a [*a]", "rules: &r [{variant: a}]\nother: *r", "\xff", "alpha: 1e999",
		"rules: [{variant: '*', scores: {'R@1': {lose: 1}}}]\nother_class: allow", "{", "- 1",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy(data)
		if (p == nil) == (err == nil) {
			t.Fatalf("a policy %v with the error %v", p, err)
		}
		if err == nil {
			if _, err := ParsePolicy(data); err != nil {
				t.Fatal(err)
			}
		}
	})
}
