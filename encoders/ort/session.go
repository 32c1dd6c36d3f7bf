package ort

import (
	"context"
	"errors"
	"fmt"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// Port is an input or an output of a model. A dynamic dimension is -1.
type Port struct {
	Name  string
	Shape []int64
	Type  string // "float32", "float16", "int64", "int32" or ONNX Runtime's own name
}

// Session is a loaded model with one output. Run may be called concurrently.
type Session struct {
	session *onnx.DynamicAdvancedSession
	inputs  []Port
	output  Port
	once    sync.Once
	err     error
}

// Load makes a session of an ONNX model's bytes. The model's single output, or
// the one named output, is what Run returns.
func (l *Library) Load(model []byte, output string, opt Options) (*Session, error) {
	ins, outs, err := onnx.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, fmt.Errorf("read onnx model: %w", err)
	}
	s := &Session{}
	names := make([]string, len(ins))
	for i, in := range ins {
		names[i] = in.Name
		s.inputs = append(s.inputs, port(in))
	}
	if s.output, err = choose(outs, output); err != nil {
		return nil, err
	}
	so, err := opt.session()
	if err != nil {
		return nil, err
	}
	defer so.Destroy()
	s.session, err = onnx.NewDynamicAdvancedSessionWithONNXData(model, names, []string{s.output.Name}, so)
	if err != nil {
		return nil, fmt.Errorf("create onnx session: %w", err)
	}
	return s, nil
}

func choose(outs []onnx.InputOutputInfo, name string) (Port, error) {
	if name == "" && len(outs) == 1 {
		return port(outs[0]), nil
	}
	var names []string
	for _, o := range outs {
		if o.Name == name {
			return port(o), nil
		}
		names = append(names, o.Name)
	}
	return Port{}, fmt.Errorf("onnx model has outputs %q: name the one to use", names)
}

func port(i onnx.InputOutputInfo) Port {
	p := Port{Name: i.Name, Shape: i.Dimensions}
	switch i.DataType {
	case onnx.TensorElementDataTypeFloat:
		p.Type = "float32"
	case onnx.TensorElementDataTypeFloat16:
		p.Type = "float16"
	case onnx.TensorElementDataTypeInt64:
		p.Type = "int64"
	case onnx.TensorElementDataTypeInt32:
		p.Type = "int32"
	default:
		p.Type = i.DataType.String()
	}
	return p
}

// Inputs are the model's inputs in its own order.
func (s *Session) Inputs() []Port { return s.inputs }

// Output is what Run returns.
func (s *Session) Output() Port { return s.output }

// Value is a tensor handed to Run.
type Value = onnx.Value

// Float32 is an input tensor of float32 values, row-major.
func Float32(data []float32, shape ...int64) (Value, error) {
	return onnx.NewTensor(onnx.NewShape(shape...), data)
}

// Int64 is an input tensor of int64 values, row-major.
func Int64(data []int64, shape ...int64) (Value, error) {
	return onnx.NewTensor(onnx.NewShape(shape...), data)
}

// Run evaluates the model on the inputs, which it takes over and frees, and writes the
// float32 output of the given shape to dst. Cancelling ctx stops a run that is under way.
func (s *Session) Run(ctx context.Context, inputs []Value, dst []float32, shape ...int64) error {
	defer func() {
		for _, in := range inputs {
			in.Destroy()
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	out, err := onnx.NewTensor(onnx.NewShape(shape...), dst)
	if err != nil {
		return fmt.Errorf("output tensor %v: %w", shape, err)
	}
	defer out.Destroy()
	opts, err := onnx.NewRunOptions()
	if err != nil {
		return fmt.Errorf("run options: %w", err)
	}
	defer opts.Destroy()
	terminated := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { opts.Terminate(); close(terminated) })
	err = s.session.RunWithOptions(inputs, []Value{out}, opts)
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

// Close frees the session; further calls return the first result.
func (s *Session) Close() error {
	s.once.Do(func() { s.err = s.session.Destroy() })
	return s.err
}
