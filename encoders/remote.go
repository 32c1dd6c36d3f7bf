package encoders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/oip"
)

// remoteEncoder runs two models of an Open Inference Protocol server.
type remoteEncoder struct {
	info        Info
	client      *oip.Client
	image, text oip.Model
	local       *adapters.Adapter // the server, where it is ours
	metrics     string            // URL of MLServer's metrics, or ""
	told        [2]atomic.Int64   // nanoseconds that the answers of each tower said they took
	silent      atomic.Bool       // some answer did not say
}

// headerOption starts the options that become headers; a value $NAME is taken from the environment.
const headerOption = "header:"

// metricsOption is the URL at which MLServer says how long its models took.
const metricsOption = "metrics"

// openOIP opens a server that is somewhere already, or that the variant's command starts. What its
// models are can only be told by its metadata: a model that is exchanged under the same name and
// version goes unseen.
func openOIP(ctx context.Context, spec Spec, env Env) (Encoder, error) {
	var e *remoteEncoder
	var err error
	server := spec.URL
	switch {
	case spec.URL != "" && len(spec.Command) > 0:
		return nil, fmt.Errorf("variant %s: runtime oip wants a url or a command, not both", spec.Name)
	case len(spec.Command) > 0:
		var started *adapters.Adapter
		if e, started, err = openLocal(ctx, spec, env, adapters.Command{Program: spec.Command}, spec.Image, spec.Text); err == nil {
			server = strings.Join(spec.Command, " ") + " " + started.SHA256
		}
	case spec.URL != "":
		e, err = openURL(ctx, spec)
	default:
		err = fmt.Errorf("variant %s: runtime oip wants a url, such as http://host:8000, or a command that starts a server", spec.Name)
	}
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal([]any{e.client.Server(), e.image, e.text})
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.info.RuntimeVersion = strings.TrimSpace(e.client.Server().Name + " " + e.client.Server().Version)
	e.identify(spec, sum(append(meta, "image"...)), sum(append(meta, "text"...)), "oip "+server)
	return e, nil
}

// openURL opens a server that is not ours, and may still be loading its models for as long as the
// deadline of a start.
func openURL(ctx context.Context, spec Spec) (*remoteEncoder, error) {
	header := http.Header{}
	for k, v := range spec.Options {
		if name, ok := strings.CutPrefix(k, headerOption); ok {
			if from, ok := strings.CutPrefix(v, "$"); ok {
				v = os.Getenv(from)
			}
			header.Set(name, v)
		}
	}
	e := &remoteEncoder{metrics: spec.Options[metricsOption]}
	until := time.Now().Add(spec.Deadlines.Start)
	for {
		err := e.connect(ctx, spec.URL, header, spec.Image, spec.Text)
		if err == nil {
			break
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("%w: %w: see that the server runs and has the models (deadlines: start waits for it)", ErrUnavailable, err)
		}
		select {
		case <-time.After(min(time.Second, max(spec.Deadlines.Start/20, time.Millisecond))):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := e.inspect(spec); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// openLocal starts a server on this machine and opens its two models.
func openLocal(ctx context.Context, spec Spec, env Env, c adapters.Command, image, text string) (*remoteEncoder, *adapters.Adapter, error) {
	c.Deadlines = spec.Deadlines
	if env.Stderr != nil {
		c.Stderr = env.Stderr(spec.Name)
	}
	started, err := adapters.Start(ctx, c)
	if errors.Is(err, adapters.ErrMissing) && ctx.Err() == nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return nil, nil, err
	}
	e := &remoteEncoder{local: started, metrics: spec.Options[metricsOption]}
	watched, done := started.Call(ctx)
	err = done(e.connect(watched, started.URL, http.Header{"Authorization": {"Bearer " + started.Token}}, image, text))
	if err != nil {
		return nil, nil, errors.Join(err, started.Close())
	}
	if err := e.inspect(spec); err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	return e, started, nil
}

func (e *remoteEncoder) connect(ctx context.Context, url string, header http.Header, image, text string) (err error) {
	if e.client, err = oip.Dial(ctx, url, header); err != nil {
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

// identify fills in what results are kept under.
func (e *remoteEncoder) identify(spec Spec, image, text, runtime string) {
	e.info.ImageSHA256, e.info.TextSHA256, e.info.ModelSHA256 = image, text, sum([]byte(image+text))
	common := fmt.Sprintf("%s %s/%s/%s/threads %d/batch %d/%s", runtime, e.info.RuntimeVersion, spec.Provider, spec.Precision, spec.Threads, spec.Batch, entries(spec.Options))
	e.info.ImageKey = "image/" + image + "/" + spec.Image + "/" + common
	e.info.TextKey = fmt.Sprintf("text/%s/%s/%s/trim %t", text, spec.Text, common, spec.Trim)
}

func (e *remoteEncoder) Info() Info { return e.info }

func (e *remoteEncoder) EncodeImages(ctx context.Context, px Pixels) (Embeddings, error) {
	if e.info.Files {
		shape := []int64{int64(px.N), 1}[:len(e.image.Inputs[0].Shape)]
		return e.infer(ctx, e.image, px.N, oip.Tensor{Name: e.image.Inputs[0].Name, Datatype: "BYTES", Shape: shape, Bytes: px.Files})
	}
	shape := []int64{int64(px.N), 3, int64(px.Size), int64(px.Size)}
	in := oip.Tensor{Name: e.image.Inputs[0].Name, Datatype: "FP32", Shape: shape, Float32: px.Data}
	return e.infer(ctx, e.image, px.N, in)
}

func (e *remoteEncoder) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	shape := []int64{int64(tk.N), int64(tk.Len)}
	in := []oip.Tensor{{Name: e.text.Inputs[0].Name, Datatype: e.text.Inputs[0].Datatype, Shape: shape, Int64: tk.IDs}}
	if len(e.text.Inputs) == 2 {
		in = append(in, oip.Tensor{Name: e.text.Inputs[1].Name, Datatype: e.text.Inputs[1].Datatype, Shape: shape, Int64: attention(tk)})
	}
	return e.infer(ctx, e.text, tk.N, in...)
}

func (e *remoteEncoder) infer(ctx context.Context, m oip.Model, n int, in ...oip.Tensor) (Embeddings, error) {
	out := Embeddings{N: n, Dim: e.info.Dim, Data: make([]float32, n*e.info.Dim)}
	done := func(err error) error { return err }
	if e.local != nil {
		ctx, done = e.local.Call(ctx)
	}
	took, err := e.client.Infer(ctx, m.Name, in, m.Outputs[0].Name, out.Data, int64(n), int64(e.info.Dim))
	if err = done(err); err != nil {
		return Embeddings{}, err
	}
	if took == 0 {
		e.silent.Store(true)
	}
	tower := 0
	if m.Name == e.text.Name {
		tower = 1
	}
	e.told[tower].Add(int64(took))
	return out, nil
}

// ServerTime is what Triton's statistics or MLServer's metrics say, which count all of the server's
// callers, else what the answers themselves said.
func (e *remoteEncoder) ServerTime(ctx context.Context) (image, text time.Duration, ok bool) {
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
	image, errImage := ask(ctx, e.image.Name)
	text, errText := ask(ctx, e.text.Name)
	return image, text, errImage == nil && errText == nil
}

func (e *remoteEncoder) Close() error {
	err := e.client.Close()
	if e.local != nil {
		err = errors.Join(err, e.local.Close())
	}
	return err
}
