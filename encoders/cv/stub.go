//go:build !opencv

package cv

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess"
)

var errNotBuiltIn = fmt.Errorf("%w: built without OpenCV: ./task setup installs it, ./task build builds with it", preprocess.ErrUnavailable)

// Version is the OpenCV in use, "" without it.
func Version() string { return "" }

// NewDecoder returns an error that wraps preprocess.ErrUnavailable.
func NewDecoder() (preprocess.Decoder, error) { return nil, errNotBuiltIn }

// NewFilter returns an error that wraps preprocess.ErrUnavailable.
func NewFilter(string) (preprocess.Filter, error) { return nil, errNotBuiltIn }
