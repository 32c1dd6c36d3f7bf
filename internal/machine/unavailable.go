package machine

import "errors"

// ErrUnavailable marks what cannot run on this machine because a library, a device, a model or a database is
// missing. The message says why, and what to do about it.
var ErrUnavailable = errors.New("unavailable")
