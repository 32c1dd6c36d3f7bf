package ort

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	onnx "github.com/yalue/onnxruntime_go"
)

const (
	cpu      = "CPU"
	cuda     = "CUDA"
	tensorRT = "TensorRT"
	suffix   = "ExecutionProvider" // that ONNX Runtime's own names end in
)

// builtIn are the providers that a library may have been built with, as
// SessionOptionsAppendExecutionProvider spells them (ONNX Runtime 1.32), and the two that have
// functions of their own.
func builtIn() []string {
	return []string{cpu, cuda, tensorRT, "OpenVINO", "XNNPACK", "QNN", "MIGraphX", "CoreML", "DML", "WebGPU", "SNPE", "VitisAI", "AZURE", "JS", "WEBNN"}
}

// KnownProviders are the names of all providers that some build of ONNX Runtime has, also in Python.
func KnownProviders() []string {
	return append(builtIn(), "NvTensorRTRTX", "ROCM", "DNNL", "ACL", "ArmNN", "NNAPI", "CANN", "RKNPU", "TVM", "VSINPU")
}

// PluginOption is the option that names the library of a provider that ONNX Runtime was not built with.
const PluginOption = providerLibrary

// asynchronous are the providers whose kernels only start work on a device. The time of a node in a
// profile is then not the time that it took.
func asynchronous() []string {
	return []string{cuda, tensorRT, "NvTensorRTRTX", "MIGraphX", "DML", "WebGPU", "JS", "CoreML"}
}

// Label is a provider's name for people: "CUDA" for "cuda" and for "CUDAExecutionProvider".
func Label(provider string) string {
	name := provider
	if cut := len(name) - len(suffix); cut > 0 && strings.EqualFold(name[cut:], suffix) {
		name = name[:cut]
	}
	if name == "" {
		return cpu
	}
	for _, known := range KnownProviders() {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}

// provider appends the execution provider; a library built without it says so here.
func (l *Library) provider(so *onnx.SessionOptions, o Options, options map[string]string) error {
	name := Label(o.Provider)
	if name == cpu {
		return nil
	}
	if path := o.Settings[providerLibrary]; path != "" {
		if err := l.register(path); err != nil {
			return err
		}
	}
	devices, err := devicesOf(name)
	if err != nil {
		return err
	}
	// A library that cannot be loaded is logged as an error. Our own error gives the same reason.
	if err := onnx.SetEnvironmentLogLevel(onnx.LoggingLevelFatal); err != nil {
		return fmt.Errorf("log level: %w", err)
	}
	defer onnx.SetEnvironmentLogLevel(onnx.LoggingLevelError)
	switch {
	case len(devices) > 0:
		at, err := strconv.Atoi("0" + o.Settings[providerDevice])
		if err != nil || at >= len(devices) {
			return fmt.Errorf("%s %s: it has %d devices, from 0", providerDevice, o.Settings[providerDevice], len(devices))
		}
		return so.AppendExecutionProviderV2(devices[at:at+1], options)
	case o.Settings[providerDevice] != "":
		return fmt.Errorf("%s chooses among the devices of a plugin, and %s is none: give the provider's own option, such as %sdevice_id", providerDevice, name, providerOption)
	case name == cuda:
		return l.explain(appendCUDA(so, options), cuda)
	case name == tensorRT:
		if err := appendTensorRT(so, options); err != nil {
			return l.explain(err, tensorRT)
		}
		return l.explain(appendCUDA(so, nil), cuda) // what TensorRT does not take should not run on the CPU
	}
	return so.AppendExecutionProvider(name, options)
}

// register loads a plugin's library, once.
func (l *Library) register(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	path, err := filepath.Abs(path)
	if err != nil || slices.Contains(l.plugins, path) {
		return err
	}
	if err := onnx.RegisterExecutionProviderLibrary(path, path); err != nil {
		return fmt.Errorf("%s: %w", providerLibrary, err)
	}
	l.plugins = append(l.plugins, path)
	return nil
}

// devicesOf are the devices of a provider that SessionOptionsAppendExecutionProvider_V2 takes: those
// of plugins, and of builds that list theirs.
func devicesOf(name string) ([]onnx.EpDevice, error) {
	all, err := onnx.GetEpDevices()
	if err != nil {
		return nil, fmt.Errorf("devices: %w", err)
	}
	return slices.DeleteFunc(all, func(d onnx.EpDevice) bool { return Label(d.EpName()) != name }), nil
}

// Provider is a provider that the library has, or the reason why it is not available.
type Provider struct{ Name, Missing string }

// Providers are all providers that are known by name; those of the library come first.
func (l *Library) Providers() []Provider {
	var out []Provider
	for _, name := range builtIn() {
		p := Provider{Name: name}
		so, err := onnx.NewSessionOptions()
		if err == nil {
			err = l.provider(so, Options{Provider: name}, nil)
			so.Destroy()
		}
		if err != nil {
			p.Missing = strings.TrimSuffix(strings.Join(strings.Fields(err.Error()), " "), ".")
		}
		out = append(out, p)
	}
	return out
}

func appendCUDA(so *onnx.SessionOptions, options map[string]string) error {
	return appendWith(onnx.NewCUDAProviderOptions, so.AppendExecutionProviderCUDA, options)
}

func appendTensorRT(so *onnx.SessionOptions, options map[string]string) error {
	return appendWith(onnx.NewTensorRTProviderOptions, so.AppendExecutionProviderTensorRT, options)
}

// appendWith appends a provider that has options of a type of its own.
func appendWith[T interface {
	Update(map[string]string) error
	Destroy() error
}](make func() (T, error), add func(T) error, options map[string]string) error {
	opts, err := make()
	if err != nil {
		return err
	}
	defer opts.Destroy()
	if len(options) > 0 {
		if err := opts.Update(options); err != nil {
			return err
		}
	}
	return add(opts)
}
