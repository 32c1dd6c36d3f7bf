package oip

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Statistics is the name of Triton's extension that counts calls and their time.
const Statistics = "statistics"

// HasStatistics tells whether ComputeTime is available.
func (c *Client) HasStatistics() bool { return slices.Contains(c.server.Extensions, Statistics) }

// ComputeTime is how long a model has computed since the server started: compute_input, compute_infer and
// compute_output of all its versions, from Triton's statistics extension. It does not include waiting in the
// queue.
func (c *Client) ComputeTime(ctx context.Context, model string) (time.Duration, error) {
	type counter struct{ NS int64 }
	var answer struct {
		Stats []struct {
			Inference struct {
				Input  counter `json:"compute_input"`
				Infer  counter `json:"compute_infer"`
				Output counter `json:"compute_output"`
			} `json:"inference_stats"`
		} `json:"model_stats"`
	}
	if err := c.getJSON(ctx, "/v2/models/"+url.PathEscape(model)+"/stats", &answer); err != nil {
		return 0, fmt.Errorf("statistics of model %s: %w", model, err)
	}
	var total int64
	for _, s := range answer.Stats {
		total += s.Inference.Input.NS + s.Inference.Infer.NS + s.Inference.Output.NS
	}
	return time.Duration(total), nil
}

// durationLine is MLServer's summary of a model's calls, in Prometheus' text format.
var durationLine = regexp.MustCompile(`(?m)^model_infer_request_duration_sum\{([^}]*)\} (\S+)`)

// MeteredTime is how long a model's calls have taken in MLServer, without HTTP and JSON: the sum
// of model_infer_request_duration at the metrics endpoint, such as http://host:8082/metrics.
func (c *Client) MeteredTime(ctx context.Context, metrics, model string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, metrics, nil)
	if err != nil {
		return 0, c.hide(fmt.Errorf("metrics: %w", err))
	}
	body, _, err := c.do(req, 16<<20, c.patience)
	if err != nil {
		return 0, fmt.Errorf("metrics: %w", err)
	}
	total, want := 0.0, `model="`+model+`"`
	for _, m := range durationLine.FindAllSubmatch(body, -1) {
		if !slices.Contains(strings.Split(string(m[1]), ","), want) {
			continue
		}
		seconds, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return 0, fmt.Errorf("metrics: %s of model %s: %w", "model_infer_request_duration_sum", model, err)
		}
		total += seconds
	}
	return time.Duration(total * float64(time.Second)), nil
}

// nanoseconds is an answer's own compute_ns, or 0 without one.
func nanoseconds(n json.Number) time.Duration {
	v, err := n.Int64()
	if err != nil || v < 0 {
		return 0
	}
	return time.Duration(v)
}
