package ort

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	onnx "github.com/yalue/onnxruntime_go"
)

// Session is a loaded model with one output. Run may be called concurrently.
type Session struct {
	session *onnx.DynamicAdvancedSession
	inputs  []Port
	output  Port
	bind    bool
	trace   *trace
	number  int // in the trace
	once    sync.Once
	err     error
}

// Load makes a session of an ONNX model.
func (l *Library) Load(m Model, output Output, opt Options) (*Session, error) {
	return l.load(m, output, opt, "")
}

// load makes a session. If profile is not empty, closing the session writes a profile with that prefix.
func (l *Library) load(m Model, output Output, opt Options, profile string) (*Session, error) {
	began := time.Now()
	so, err := l.session(opt)
	if err != nil {
		return nil, err
	}
	defer so.Destroy()
	ins, outs, err := m.ports(so)
	if err != nil {
		return nil, err
	}
	s := &Session{inputs: ins, trace: l.trace, bind: opt.Settings[ioBinding] == "on"}
	if s.output, err = output.choose(outs); err != nil {
		return nil, err
	}
	if profile != "" {
		if err := so.EnableProfiling(profile); err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
	}
	var names []string
	for _, in := range ins {
		names = append(names, in.Name)
	}
	if m.Path != "" {
		s.session, err = onnx.NewDynamicAdvancedSession(m.Path, names, []string{s.output.Name}, so)
	} else {
		s.session, err = onnx.NewDynamicAdvancedSessionWithONNXData(m.Data, names, []string{s.output.Name}, so)
	}
	if err != nil {
		return nil, fmt.Errorf("create onnx session: %w", err)
	}
	if s.number, err = l.trace.loaded(m, opt, began); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Inputs are the model's inputs in its own order.
func (s *Session) Inputs() []Port { return s.inputs }

// Output is what Run returns.
func (s *Session) Output() Port { return s.output }

// Run evaluates the model on tensors for its Inputs, in their order, and writes the output of the given shape to
// dst. Cancelling ctx stops a run that is under way. It does not stop one on an IO binding, because ONNX Runtime
// has no call for that.
func (s *Session) Run(ctx context.Context, tensors []Tensor, dst []float32, shape ...int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(tensors) != len(s.inputs) {
		return fmt.Errorf("onnx run: %d inputs for %d", len(tensors), len(s.inputs))
	}
	began := time.Now()
	inputs, free, err := s.values(tensors)
	defer free()
	if err != nil {
		return err
	}
	out, take, err := output(s.output.Type, dst, shape)
	if err != nil {
		return fmt.Errorf("output %s: %w", s.output.Name, err)
	}
	defer out.Destroy()
	run := s.run
	if s.bind {
		run = s.runBound
	}
	if err := run(ctx, inputs, out); err != nil {
		return err
	}
	take()
	return s.trace.ran(s.number, tensors, began)
}

// values are the inputs in the types of their ports. free frees them.
func (s *Session) values(tensors []Tensor) ([]onnx.Value, func(), error) {
	var inputs []onnx.Value
	free := func() {
		for _, in := range inputs {
			in.Destroy()
		}
	}
	for i, t := range tensors {
		in, err := t.value(s.inputs[i].Type)
		if err != nil {
			return nil, free, fmt.Errorf("input %s: %w", s.inputs[i].Name, err)
		}
		inputs = append(inputs, in)
	}
	return inputs, free, nil
}

// RunOpen is Run for an output of float32 whose shape is known only after the run.
func (s *Session) RunOpen(ctx context.Context, tensors []Tensor) ([]float32, []int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if len(tensors) != len(s.inputs) || s.output.Type != "float32" {
		return nil, nil, fmt.Errorf("onnx run: %d inputs for %d, output %s of %s: want float32", len(tensors), len(s.inputs), s.output.Name, s.output.Type)
	}
	began := time.Now()
	inputs, free, err := s.values(tensors)
	defer free()
	if err != nil {
		return nil, nil, err
	}
	outs := []onnx.Value{nil}
	if err := s.runInto(ctx, inputs, outs); err != nil {
		return nil, nil, err
	}
	defer outs[0].Destroy()
	out, ok := outs[0].(*onnx.Tensor[float32])
	if !ok {
		return nil, nil, fmt.Errorf("onnx run: output %s is not a tensor of float32", s.output.Name)
	}
	return slices.Clone(out.GetData()), slices.Clone(out.GetShape()), s.trace.ran(s.number, tensors, began)
}

func (s *Session) run(ctx context.Context, inputs []onnx.Value, out onnx.Value) error {
	return s.runInto(ctx, inputs, []onnx.Value{out})
}

func (s *Session) runInto(ctx context.Context, inputs, outs []onnx.Value) error {
	opts, err := onnx.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run options: %w", err)
	}
	defer opts.Destroy()
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { opts.Terminate(); close(terminated) })
	err = s.session.RunWithOptions(inputs, outs, opts)
	if !stop() {
		<-terminated // the options must outlive the call that sets their flag
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return fmt.Errorf("onnx run stopped: %w", errors.Join(cause, err))
	}
	if err != nil {
		return fmt.Errorf("onnx run: %w", err)
	}
	return nil
}

// runBound binds the inputs, which copies them to the provider's device, and the output.
func (s *Session) runBound(_ context.Context, inputs []onnx.Value, out onnx.Value) error {
	b, err := s.session.CreateIoBinding()
	if err != nil {
		return fmt.Errorf("io binding: %w", err)
	}
	defer b.Destroy()
	for i, in := range inputs {
		if err := b.BindInput(s.inputs[i].Name, in); err != nil {
			return fmt.Errorf("bind input %s: %w", s.inputs[i].Name, err)
		}
	}
	if err := b.BindOutput(s.output.Name, out); err != nil {
		return fmt.Errorf("bind output %s: %w", s.output.Name, err)
	}
	if err := s.session.RunWithBinding(b); err != nil {
		return fmt.Errorf("onnx run: %w", err)
	}
	return nil
}

// Close frees the session; further calls return the first result.
func (s *Session) Close() error {
	s.once.Do(func() { s.err = s.session.Destroy() })
	return s.err
}
