package embed

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/encoders"
)

// brokenNamed is the largest number of broken items that an error names.
const brokenNamed = 3

// namedBroken names, in the error of a call, the items whose embeddings are not finite.
func namedBroken(err error, n int, name func(int) string) error {
	bad, ok := encoders.AsBroken(err)
	if !ok {
		return err
	}
	var names []string
	for _, i := range bad.Items {
		if i < n && len(names) < brokenNamed {
			names = append(names, name(i))
		}
	}
	more := ""
	if len(bad.Items) > len(names) {
		more = " and others"
	}
	return fmt.Errorf("%w (%s%s)", err, strings.Join(names, ", "), more)
}
