package ort

import (
	"fmt"
	"sort"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"
)

// Options configure a session.
type Options struct {
	Provider string            // "cpu" (default), "cuda", "tensorrt", or a provider name that the library knows
	Threads  int               // intra-op threads; 0 means 1
	Entries  map[string]string // session config entries, as ONNX Runtime names them
	Settings map[string]string // options of the provider
}

func (o Options) session() (*onnx.SessionOptions, error) {
	so, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	if err := o.apply(so); err != nil {
		so.Destroy()
		return nil, err
	}
	return so, nil
}

func (o Options) apply(so *onnx.SessionOptions) error {
	if err := so.SetIntraOpNumThreads(max(o.Threads, 1)); err != nil {
		return fmt.Errorf("threads %d: %w", o.Threads, err)
	}
	if err := so.SetInterOpNumThreads(1); err != nil {
		return fmt.Errorf("inter-op threads: %w", err)
	}
	keys := make([]string, 0, len(o.Entries))
	for k := range o.Entries {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if err := so.AddSessionConfigEntry(k, o.Entries[k]); err != nil {
			return fmt.Errorf("session option %s=%s: %w", k, o.Entries[k], err)
		}
	}
	return o.provider(so)
}

// provider appends the execution provider; a library built without it says so here.
func (o Options) provider(so *onnx.SessionOptions) error {
	var err error
	switch name := strings.ToLower(o.Provider); name {
	case "", "cpu":
		return nil
	case "cuda":
		err = appendCUDA(so, o.Settings)
	case "tensorrt":
		err = appendTensorRT(so, o.Settings)
	default:
		err = so.AppendExecutionProvider(o.Provider, o.Settings)
	}
	if err != nil {
		return fmt.Errorf("%w: provider %s: %w", ErrUnavailable, o.Provider, err)
	}
	return nil
}

func appendCUDA(so *onnx.SessionOptions, settings map[string]string) error {
	opts, err := onnx.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer opts.Destroy()
	if len(settings) > 0 {
		if err := opts.Update(settings); err != nil {
			return err
		}
	}
	return so.AppendExecutionProviderCUDA(opts)
}

func appendTensorRT(so *onnx.SessionOptions, settings map[string]string) error {
	opts, err := onnx.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer opts.Destroy()
	if len(settings) > 0 {
		if err := opts.Update(settings); err != nil {
			return err
		}
	}
	return so.AppendExecutionProviderTensorRT(opts)
}
