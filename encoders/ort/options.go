package ort

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/internal/machine"
)

// Options configure a session.
type Options struct {
	Provider string // "cpu" (default), "cuda", "tensorrt", or a provider that the library or its plugin has
	Threads  int    // intra-op threads; 0 means 1
	// Settings are all other options: ONNX Runtime's own session config entries, which have a dot in their
	// name, options of the provider as "provider:NAME", and those in settings.
	Settings map[string]string
}

// providerOption starts the settings that go to the provider.
const providerOption = "provider:"

// setting is a session option with its own function in ONNX Runtime.
type setting struct {
	values string // accepted values, for the error
	apply  func(so *onnx.SessionOptions, value string) error
}

// settings is the table of them. Those that Load itself handles do nothing here.
func settings() map[string]setting {
	switches := map[string]bool{"on": true, "off": false}
	later := func(so *onnx.SessionOptions, v string) error { return nil }
	return map[string]setting{
		"graph_optimization_level": choice(map[string]onnx.GraphOptimizationLevel{
			"disable": onnx.GraphOptimizationLevelDisableAll, "basic": onnx.GraphOptimizationLevelEnableBasic,
			"extended": onnx.GraphOptimizationLevelEnableExtended, "all": onnx.GraphOptimizationLevelEnableAll,
		}, (*onnx.SessionOptions).SetGraphOptimizationLevel),
		"execution_mode": choice(map[string]onnx.ExecutionMode{
			"sequential": onnx.ExecutionModeSequential, "parallel": onnx.ExecutionModeParallel,
		}, (*onnx.SessionOptions).SetExecutionMode),
		"cpu_mem_arena":    choice(switches, (*onnx.SessionOptions).SetCpuMemArena),
		"mem_pattern":      choice(switches, (*onnx.SessionOptions).SetMemPattern),
		"inter_op_threads": number((*onnx.SessionOptions).SetInterOpNumThreads),
		ioBinding:          choice(switches, func(*onnx.SessionOptions, bool) error { return nil }),
		providerLibrary:    {"the path of a plugin's library", later},
		providerDevice:     number(func(*onnx.SessionOptions, int) error { return nil }),
	}
}

// Settings that are not session options of ONNX Runtime.
const (
	ioBinding       = "io_binding"       // run with an IO binding
	providerLibrary = "provider_library" // plugin that contains the provider
	providerDevice  = "provider_device"  // index of a plugin provider's device, from 0
)

func choice[T any](values map[string]T, set func(*onnx.SessionOptions, T) error) setting {
	names := strings.Join(slices.Sorted(maps.Keys(values)), ", ")
	return setting{"one of " + names, func(so *onnx.SessionOptions, v string) error {
		value, ok := values[v]
		if !ok {
			return fmt.Errorf("want one of %s", names)
		}
		return set(so, value)
	}}
}

func number(set func(*onnx.SessionOptions, int) error) setting {
	return setting{"a number", func(so *onnx.SessionOptions, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return fmt.Errorf("want a number")
		}
		return set(so, n)
	}}
}

// CheckName rejects the name of a setting that Load would ignore, whatever its value.
func CheckName(name, provider string) error {
	_, own := settings()[name]
	ofProvider := strings.HasPrefix(name, providerOption) || name == providerLibrary || name == providerDevice
	switch {
	case ofProvider && Label(provider) == cpu:
		return errors.New("provider cpu has no such option")
	case own, ofProvider, strings.Contains(name, "."):
		return nil
	}
	return fmt.Errorf("no such option: want %s, a session config entry of ONNX Runtime (session.intra_op.allow_spinning), or %sNAME",
		strings.Join(slices.Sorted(maps.Keys(settings())), ", "), providerOption)
}

// Check tells why no model can be loaded with these options, if the options or their provider are the reason.
func (l *Library) Check(o Options) error {
	so, err := l.session(o)
	if err != nil {
		return err
	}
	return so.Destroy()
}

func (l *Library) session(o Options) (*onnx.SessionOptions, error) {
	so, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("session options: %w", err)
	}
	if err := l.apply(so, o); err != nil {
		so.Destroy()
		return nil, err
	}
	return so, nil
}

func (l *Library) apply(so *onnx.SessionOptions, o Options) error {
	if err := so.SetIntraOpNumThreads(max(o.Threads, 1)); err != nil {
		return fmt.Errorf("threads %d: %w", o.Threads, err)
	}
	if err := so.SetInterOpNumThreads(1); err != nil {
		return fmt.Errorf("inter-op threads: %w", err)
	}
	known, forProvider := settings(), map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(o.Settings)) {
		v := o.Settings[k]
		var err error
		switch s, ok := known[k]; {
		case ok:
			err = s.apply(so, v)
		case strings.HasPrefix(k, providerOption):
			forProvider[strings.TrimPrefix(k, providerOption)] = v
		case strings.Contains(k, "."):
			if err = l.knows(k); err == nil {
				err = so.AddSessionConfigEntry(k, v)
			}
		default:
			err = CheckName(k, o.Provider)
		}
		if err != nil {
			return fmt.Errorf("session option %s=%s: %w", k, v, err)
		}
	}
	if err := l.provider(so, o, forProvider); err != nil {
		return fmt.Errorf("%w: provider %s: %w", machine.ErrUnavailable, o.Provider, err)
	}
	return nil
}
