package oip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// statusError is an answer that is not 200.
type statusError struct {
	code   int
	status string
	said   string
	wait   time.Duration // the requested waiting time; 0 means none
}

func newStatusError(res *http.Response, body []byte) *statusError {
	return &statusError{res.StatusCode, res.Status, reason(body), retryAfter(res.Header.Get("Retry-After"), time.Now())}
}

func (e *statusError) Error() string {
	hint := ""
	if e.code == http.StatusRequestEntityTooLarge {
		hint = " (a smaller batch makes smaller requests)"
	}
	return e.status + ": " + e.said + hint
}

// Is matches ErrDenied for the HTTP statuses that mean it.
func (e *statusError) Is(target error) bool {
	return target == ErrDenied && (e.code == http.StatusUnauthorized || e.code == http.StatusForbidden)
}

// busy tells whether the same request may succeed later.
func (e *statusError) busy() bool {
	return e.code == http.StatusServiceUnavailable || e.code == http.StatusTooManyRequests
}

// retryAfter is the seconds or date of a header, counted from now. It is 0 when the header says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// Waits between attempts. Chance halves some of them, so that callers that were rejected together do not
// come back together.
const (
	firstWait = 100 * time.Millisecond
	maxWait   = 5 * time.Second
)

// again calls send until the result is no longer a busy server or a refused connection. It stops when the
// context ends, or after patience if that is not 0.
func (c *Client) again(ctx context.Context, patience time.Duration, send func() error) error {
	wait, started, before := firstWait, time.Now(), error(nil)
	for tries := 1; ; tries++ {
		err := send()
		if err != nil && before != nil && ctx.Err() != nil { // this attempt was cut short, so the error before it says more
			return tried(fmt.Errorf("%w: %w", before, ctx.Err()), tries-1)
		}
		before = err
		status := (*statusError)(nil)
		busy := errors.As(err, &status) && status.busy()
		if err == nil || ctx.Err() != nil || !busy && !errors.Is(err, syscall.ECONNREFUSED) {
			return tried(err, tries)
		}
		next := wait/2 + rand.N(wait/2)
		if busy {
			next = max(next, status.wait)
		}
		if patience > 0 && time.Since(started)+next > patience {
			return tried(err, tries)
		}
		if until, ok := ctx.Deadline(); ok && time.Until(until) < next {
			return tried(fmt.Errorf("%w: there is no time to wait %s for the next attempt: %w", err, next.Round(time.Millisecond), context.DeadlineExceeded), tries)
		}
		select {
		case <-time.After(next):
		case <-ctx.Done():
			return tried(fmt.Errorf("%w: %w", err, ctx.Err()), tries)
		}
		wait = min(2*wait, maxWait)
		if c.retried != nil {
			c.retried()
		}
	}
}

// tried adds to an error how often it occurred.
func tried(err error, tries int) error {
	if err == nil || tries == 1 {
		return err
	}
	return fmt.Errorf("after %d attempts: %w", tries, err)
}
