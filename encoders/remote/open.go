package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/oip"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/redact"
)

// What opening a server takes at most where the variant has no deadline of a start: one that is not
// there, and one that is there and does not answer.
const (
	absentFor = 5 * time.Second
	silentFor = time.Minute
)

// openURL opens a server that is not ours, and may still be loading its models for as long as the
// deadline of a start. The deadline holds whatever the server does: silence ends by it as well.
func openURL(ctx context.Context, spec encoders.Spec, env encoders.Env) (*encoder, error) {
	header, err := headers(spec)
	if err != nil {
		return nil, err
	}
	opt := oip.Options{Header: header, Retried: retried(spec, env)}
	limit := spec.Deadlines.Start
	if limit == 0 {
		limit, opt.Patience = silentFor, absentFor
		if env.Timeout > 0 {
			limit = min(limit, env.Timeout)
		}
	}
	e := &encoder{metrics: spec.Options[encoders.MetricsOption], bounds: oip.NewBounds(spec.Deadlines.WithDefaults().NoProgress, spec.Deadlines.Wall)}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var last error
	for {
		err := e.connect(within, spec.URL, opt, spec.Image, spec.Text)
		switch {
		case err == nil:
			if err := e.inspect(spec); err != nil {
				return nil, errors.Join(fmt.Errorf("server %s: %w", redact.URL(spec.URL), err), e.Close())
			}
			return e, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case last == nil || within.Err() == nil: // the attempt that the deadline cuts short says less
			last = err
		}
		if spec.Deadlines.Start == 0 || within.Err() != nil || errors.Is(err, oip.ErrDenied) {
			if within.Err() != nil {
				last = fmt.Errorf("no usable answer within %s (deadline start): %w", limit, last)
			}
			if !oip.Absent(last) {
				return nil, fmt.Errorf("server %s: %w", redact.URL(spec.URL), last)
			}
			return nil, fmt.Errorf("%w: %w: see that the server runs and has the models (deadlines: start waits for it)", machine.ErrUnavailable, last)
		}
		select {
		case <-time.After(min(time.Second, max(limit/20, time.Millisecond))):
		case <-within.Done():
		}
	}
}

// withoutUser is an address that stays the same when a password changes.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

// headers are the options that become headers; a value $NAME is that of the environment variable.
func headers(spec encoders.Spec) (http.Header, error) {
	out := http.Header{}
	for k, v := range spec.Options {
		name, ok := strings.CutPrefix(k, encoders.HeaderOption)
		if !ok {
			continue
		}
		if from, ok := strings.CutPrefix(v, "$"); ok {
			if v, ok = os.LookupEnv(from); !ok {
				return nil, fmt.Errorf("variant %s: option %s: the environment has no %s", spec.Name, k, from)
			}
		}
		out.Set(name, v)
	}
	return out, nil
}

func (e *encoder) connect(ctx context.Context, at string, opt oip.Options, image, text string) (err error) {
	if e.client, err = oip.Dial(ctx, at, opt); err != nil {
		return err
	}
	if e.image, err = e.client.Model(ctx, image); err != nil {
		return errors.Join(err, e.client.Close())
	}
	if e.text, err = e.client.Model(ctx, text); err != nil {
		return errors.Join(err, e.client.Close())
	}
	return nil
}

// retried tells env of each request of a variant that was sent again.
func retried(spec encoders.Spec, env encoders.Env) func() {
	if env.Retried == nil {
		return nil
	}
	return func() { env.Retried(spec.Name) }
}
