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

// The longest time to open a server if the variant sets no start deadline: for a server that is down, and for one that is up and does not answer.
const (
	absentFor = 5 * time.Second
	silentFor = time.Minute
)

// openURL opens a server that fastclip did not start. The server may be loading its models until the start deadline. The deadline holds even if the server is
// silent.
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
		case last == nil || within.Err() == nil: // the deadline cut this attempt short, so the error before it says more
			last = err
		}
		if spec.Deadlines.Start == 0 || within.Err() != nil || errors.Is(err, oip.ErrDenied) {
			if within.Err() != nil {
				last = fmt.Errorf("no usable answer within %s (deadline start): %w", limit, last)
			}
			if !oip.Absent(last) {
				return nil, fmt.Errorf("server %s: %w", redact.URL(spec.URL), last)
			}
			return nil, fmt.Errorf("%w: %w: check that the server runs and has the models (the deadline start says how long to wait for it)", machine.ErrUnavailable, last)
		}
		select {
		case <-time.After(min(time.Second, max(limit/20, time.Millisecond))):
		case <-within.Done():
		}
	}
}

// withoutUser removes the user, so that the address stays the same when a password changes.
func withoutUser(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User = nil
	return u.String()
}

// headers reads the options that become headers. A value $NAME comes from the environment variable NAME.
func headers(spec encoders.Spec) (http.Header, error) {
	out := http.Header{}
	for k, v := range spec.Options {
		name, ok := strings.CutPrefix(k, encoders.HeaderOption)
		if !ok {
			continue
		}
		if from, ok := strings.CutPrefix(v, "$"); ok {
			if v, ok = os.LookupEnv(from); !ok {
				return nil, fmt.Errorf("variant %s: option %s: the environment variable %s is not set", spec.Name, k, from)
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

// retried returns a function that reports to env each repeated request of a variant.
func retried(spec encoders.Spec, env encoders.Env) func() {
	if env.Retried == nil {
		return nil
	}
	return func() { env.Retried(spec.Name) }
}
