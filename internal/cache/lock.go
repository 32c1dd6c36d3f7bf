package cache

import "errors"

// ErrLocked is the error of a run that another program is working on.
var ErrLocked = errors.New("another fastclip is working on this run: wait for it, or name another folder with --out")
