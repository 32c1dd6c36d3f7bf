package machine

import "errors"

// ErrUnavailable marks what cannot run on this machine: a library, a device, a model or a database that
// is not here. Its message is the reason, with what helps.
var ErrUnavailable = errors.New("unavailable")
