package oip

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// Absent tells whether an error means that the server or its model is not there yet: nobody answers, or a gateway
// or the server itself says so. Every other error is the fault of what did answer.
func Absent(err error) bool {
	if status := (*statusError)(nil); errors.As(err, &status) {
		switch status.code {
		case http.StatusNotFound, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	if errors.Is(err, errNotReady) {
		return true
	}
	for _, gone := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, gone) {
			return !errors.Is(err, errNoJSON)
		}
	}
	dial, name := (*net.OpError)(nil), (*net.DNSError)(nil)
	return errors.As(err, &name) || errors.As(err, &dial) && dial.Op == "dial"
}
