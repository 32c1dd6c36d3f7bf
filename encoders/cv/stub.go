//go:build !opencv

package cv

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/machine"
)

var errNotBuiltIn = fmt.Errorf("%w: built without OpenCV; a build from source can have it: ./task setup && ./task build", machine.ErrUnavailable)

// Version is the version of OpenCV in use, or "" without it.
func Version() string { return "" }

// NewDecoder returns an error that wraps machine.ErrUnavailable.
func NewDecoder() (decode.Decoder, error) { return nil, errNotBuiltIn }

// NewFilter returns an error that wraps machine.ErrUnavailable.
func NewFilter(string) (preprocess.Filter, error) { return nil, errNotBuiltIn }
