// Package remote runs models that live in another process: on an Open Inference Protocol server that is running
// already, or in a server or a Python adapter that it starts.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"github.com/fastclip/fastclip/encoders"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/oip"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

// encoder runs two models of an Open Inference Protocol server.
type encoder struct {
	info        encoders.Info
	client      *oip.Client
	image, text oip.Model
	feed        [2]feed         // of the image tower and the text tower
	bounds      oip.Bounds      // for a server that fastclip did not start
	local       *python.Process // the server, if fastclip started it
	metrics     string          // URL of MLServer's metrics, or ""
	told        [2]atomic.Int64 // compute time of each tower in nanoseconds, from the answers
	silent      atomic.Bool     // true after an answer without a compute time
}

// Open opens a server that is running already, or one that the variant's command starts. Only the server's
// metadata tell what its models are. If a model is replaced under the same name and version, nobody notices.
func Open(ctx context.Context, spec encoders.Spec, env encoders.Env) (encoders.Encoder, error) {
	var e *encoder
	var err error
	server := spec.URL
	if len(spec.Command) > 0 {
		var started *python.Process
		if e, started, err = openLocal(ctx, spec, env, python.Command{Program: spec.Command, Dir: env.Dir}, spec.Image, spec.Text); err == nil {
			server = strings.Join(spec.Command, " ") + " " + started.SHA256
		}
	} else {
		server = encoders.Sum256([]byte(withoutUser(spec.URL)))
		e, err = openURL(ctx, spec, env)
	}
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal([]any{e.client.Server(), e.image, e.text, e.image.MaxBatch, e.text.MaxBatch})
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	if spec.Model != "" { // whose files say how inputs are made
		m, err := env.Model(spec.Model)
		if err == nil {
			e.info.Model = m.Pinned()
			e.info.Inputs, err = m.Inputs(modeldir.DefaultImage, modeldir.DefaultText)
		}
		if err != nil {
			return nil, errors.Join(err, e.Close())
		}
		e.info.Faults = e.info.Inputs.Folder.Against(modeldir.Graphs{Size: e.info.ImageSize, Dim: e.info.Dim})
	}
	e.info.RuntimeVersion = clip(strings.TrimSpace(e.client.Server().Name + " " + e.client.Server().Version))
	e.identify(spec, encoders.Sum256(append(meta, "image"...)), encoders.Sum256(append(meta, "text"...)), "oip "+server)
	return e, nil
}

// openLocal starts a server on this machine and opens its two models.
func openLocal(ctx context.Context, spec encoders.Spec, env encoders.Env, c python.Command, image, text string) (*encoder, *python.Process, error) {
	c.Deadlines = spec.Deadlines
	if env.Stderr != nil {
		c.Stderr = env.Stderr(spec.Name)
	}
	started, err := python.Start(ctx, c)
	if errors.Is(err, python.ErrMissing) && ctx.Err() == nil {
		return nil, nil, fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	if err != nil {
		return nil, nil, err
	}
	e := &encoder{local: started, metrics: spec.Options[encoders.MetricsOption]}
	watched, done := started.Opening(ctx)
	opt := oip.Options{Patience: silentFor, Header: http.Header{"Authorization": {"Bearer " + started.Token}}, Retried: retried(spec, env)}
	err = done(e.connect(watched, started.URL, opt, image, text))
	if err != nil {
		return nil, nil, errors.Join(err, started.Close())
	}
	if err := e.inspect(spec); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("adapter %s: %w", started.Name(), err), e.Close())
	}
	return e, started, nil
}

// identify fills in what the keys of results consist of.
func (e *encoder) identify(spec encoders.Spec, image, text, runtime string) {
	e.info.ImageSHA256, e.info.TextSHA256, e.info.ModelSHA256 = image, text, encoders.Sum256([]byte(image+text))
	common := fmt.Sprintf("%s %s/%s/%s/threads %d/batch %d/%s", runtime, e.info.RuntimeVersion, spec.Provider, spec.Precision, spec.Threads, spec.Batch, spec.OptionsKey()) + e.info.AcceleratorsKey()
	e.info.ImageKey = "image/" + image + "/" + spec.Image + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/%s/trim %t", text, spec.Text, common, spec.Trim)
}

func (e *encoder) Info() encoders.Info { return e.info }

// clockFor limits the wait for a server's times. Without an answer, they count as not measured.
const clockFor = 10 * time.Second

// ServerTime comes from Triton's statistics or MLServer's metrics, which count the calls of all clients. If there
// are none, it comes from the server's answers.
func (e *encoder) ServerTime(ctx context.Context) (image, text time.Duration, ok bool) {
	ask := e.client.ComputeTime
	switch {
	case e.metrics != "":
		ask = func(ctx context.Context, model string) (time.Duration, error) {
			return e.client.MeteredTime(ctx, e.metrics, model)
		}
	case !e.client.HasStatistics():
		image, text = time.Duration(e.told[0].Load()), time.Duration(e.told[1].Load())
		return image, text, !e.silent.Load()
	}
	ctx, cancel := context.WithTimeout(ctx, clockFor)
	defer cancel()
	image, errImage := ask(ctx, e.image.Name)
	text, errText := ask(ctx, e.text.Name)
	return image, text, errImage == nil && errText == nil
}

func (e *encoder) Close() error {
	err := e.client.Close()
	if e.local != nil {
		err = errors.Join(err, e.local.Close())
	}
	return err
}
