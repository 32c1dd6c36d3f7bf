package stepcmd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/databases"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/native"
)

func findings() []finding {
	return append(onnxRuntime(),
		library("jpeg", "JPEG files decoded exactly as Pillow does", true),
		library("webp", "WebP files", false),
		library("webpdemux", "animated WebP files", false),
		library("deflate", "PNG files decoded three times as fast", false),
		openCV(),
		library("uv", "Python references and adapters", false),
		leftOut(),
	)
}

// leftOut is what a lean build goes without.
func leftOut() finding {
	f := finding{name: "databases", state: "for bench indexing, and stores in buckets"}
	if missing := databases.Missing(); len(missing) > 0 {
		f.mend = "built without " + strings.Join(missing, ", ") + " and S3: ./task build adds them"
	} else {
		f.state += ": built in"
	}
	return f
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

// onnxRuntime loads the library, because an existing file can have the wrong version. It then asks for its execution providers.
func onnxRuntime() []finding {
	f := library("onnxruntime", "every ONNX variant", true)
	if f.mend != "" {
		return []finding{f}
	}
	lib, err := ort.Open("")
	if err != nil {
		f.mend = err.Error() + "; unset FASTCLIP_ORT_LIB or run fastclip setup"
		return []finding{f}
	}
	defer lib.Close()
	f.state = fmt.Sprintf("%s, %s", lib.Version(), f.state)
	return append([]finding{f}, providers(lib.Providers())...)
}

// onGPU are the providers that are reported if they are missing.
var onGPU = []string{"CUDA", "TensorRT"}

// providers reports the providers of the library in one line, and each GPU provider that cannot be used in its own line.
func providers(all []ort.Provider) []finding {
	var has []string
	var out []finding
	for _, p := range all {
		switch {
		case p.Missing == "":
			has = append(has, p.Name)
		case slices.Contains(onGPU, p.Name):
			out = append(out, finding{name: "provider " + p.Name, state: "for provider: " + strings.ToLower(p.Name),
				mend: p.Missing})
		}
	}
	return append([]finding{{name: "providers", state: "of onnxruntime: " + cmp.Or(strings.Join(has, ", "), "none")}}, out...)
}

func openCV() finding {
	f := finding{name: "opencv", state: "for the OpenCV variants"}
	if slices.Contains(strings.Split(cli.BuildTags(), ","), "opencv") {
		f.state += ": built in"
		return f
	}
	f.mend = "not built in; to build it in, run ./task setup && ./task build in fastclip's source tree"
	return f
}

// integerKernels says how int8 models compute on this processor.
func integerKernels(p machine.Abilities) string {
	if p.Saturates() {
		return "no VNNI: sums of U8S8 products can saturate; options: {session.x64quantprecision: \"1\"} avoids it, or models derive --kinds int8-reduce-range,int8-u8u8"
	}
	return "sums of products do not saturate"
}
