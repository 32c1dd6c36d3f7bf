package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/native"
)

// finding is what doctor says of one thing the program can make use of.
type finding struct {
	name, state string
	needed      bool   // the default suite cannot run in full without it
	mend        string // empty: it is here
}

func newDoctorCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "list what is installed, what is missing and how to install it",
		Long: `doctor lists the libraries, their versions and what this machine can do. For each missing part
it prints the command that installs it.

Exit status: 0 the default suite can run in full, 1 something it needs is missing.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if missing := diagnose(e.stdout, findings()); len(missing) > 0 {
				return fmt.Errorf("the default suite cannot run in full without %s", strings.Join(missing, ", "))
			}
			return nil
		},
	}
}

// diagnose prints the host and the findings, and returns the names of those that the default
// suite needs and that are not here.
func diagnose(w io.Writer, all []finding) (missing []string) {
	host := machine.ThisHost()
	fmt.Fprintf(w, "fastclip %s, %s, build tags: %s\n", version(), runtime.Version(), cmp.Or(buildTags(), "none"))
	fmt.Fprintf(w, "%s/%s, %s, %d cores, %.1f GiB of memory\n", host.OS, host.Arch, host.CPU, host.Cores,
		float64(host.MemoryBytes)/(1<<30))
	fmt.Fprintf(w, "cpu features: %s\n", cmp.Or(strings.Join(host.Processor.Features(), " "), "none"))
	fmt.Fprintf(w, "cpu class: %s, of %s; our own kernels use %s\n", slices.Max(isa.All()), strings.Join(isa.Names(), ", "), isa.Used())
	fmt.Fprintf(w, "int8 models: %s: %s\n\n", host.Processor.Class(), integerKernels(host.Processor))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range all {
		verdict := "ok"
		switch {
		case f.mend != "" && f.needed:
			verdict = "MISSING"
			missing = append(missing, f.name)
		case f.mend != "":
			verdict = "absent"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", verdict, f.name, f.state)
	}
	table.Flush()
	for _, f := range all {
		if f.mend != "" {
			fmt.Fprintf(w, "\n%s: %s\n", f.name, f.mend)
		}
	}
	return missing
}

func findings() []finding {
	return append(onnxRuntime(),
		library("jpeg", "JPEG files decoded exactly as Pillow does", true),
		library("webp", "WebP files", false),
		library("webpdemux", "animated WebP files", false),
		library("deflate", "PNG files decoded three times as fast", false),
		openCV(),
		library("uv", "Python references and adapters", false),
	)
}

// library is a file that native.Find knows.
func library(name, purpose string, needed bool) finding {
	f := finding{name: name, state: "for " + purpose, needed: needed}
	path, err := native.Find(name)
	if err != nil {
		f.mend = err.Error()
		return f
	}
	f.state += ": " + path
	return f
}

// onnxRuntime loads the library: a file that is there can still be of the wrong version. Then it
// asks for its execution providers.
func onnxRuntime() []finding {
	f := library("onnxruntime", "every ONNX variant", true)
	if f.mend != "" {
		return []finding{f}
	}
	lib, err := ort.Open("")
	if err != nil {
		f.mend = err.Error() + "; unset FASTCLIP_ORT_LIB or run ./task setup"
		return []finding{f}
	}
	defer lib.Close()
	f.state = fmt.Sprintf("%s, %s", lib.Version(), f.state)
	return append([]finding{f}, providers(lib.Providers())...)
}

// onGPU are the providers whose absence is worth a line.
var onGPU = []string{"CUDA", "TensorRT"}

// providers are a line for those that the library has, and one for each on a GPU that cannot be had.
func providers(all []ort.Provider) []finding {
	var has []string
	var out []finding
	for _, p := range all {
		switch {
		case p.Missing == "":
			has = append(has, p.Name)
		case slices.Contains(onGPU, p.Name):
			out = append(out, finding{name: "provider " + p.Name, state: "for provider: " + strings.ToLower(p.Name),
				mend: p.Missing + "; FASTCLIP_ORT_LIB names a library that has it, such as that of the onnxruntime-gpu wheel"})
		}
	}
	return append([]finding{{name: "providers", state: "of onnxruntime: " + cmp.Or(strings.Join(has, ", "), "none")}}, out...)
}

func openCV() finding {
	f := finding{name: "opencv", state: "for the OpenCV variants", needed: true}
	if slices.Contains(strings.Split(buildTags(), ","), "opencv") {
		f.state += ": built in"
		return f
	}
	f.mend = "not built in; run ./task setup and then ./task build"
	return f
}

func buildTags() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "-tags" {
			return s.Value
		}
	}
	return ""
}

// integerKernels says what int8 models have to expect of the processor.
func integerKernels(p machine.Abilities) string {
	if p.Saturates() {
		return "no VNNI: sums of U8S8 products can saturate; options: {session.x64quantprecision: \"1\"} mends it, or models derive --kinds int8-reduce-range,int8-u8u8"
	}
	return "sums of products do not saturate"
}
