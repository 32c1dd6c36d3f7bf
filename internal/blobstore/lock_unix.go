//go:build unix

package blobstore

import (
	"fmt"
	"os"
	"syscall"
)

// lockFile waits until no other process writes an object into the folder. On a file system without locks it does not wait.
func lockFile(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			break
		}
	}
	return func() { _ = f.Close() }, nil
}
