package machine

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"
)

// Abilities are the instructions on which results of integer and float kernels depend. Unlike the processor's name, they distinguish machines that compute
// differently.
type Abilities struct {
	Arch   string
	AVX2   bool
	AVX512 bool
	VNNI   bool // adds products of 8-bit numbers in 32 bits; without it, x86-64 adds pairs of them in 16 bits
	AMX    bool // 8-bit matrix tiles
	Dot    bool // VNNI's counterpart on arm64
}

// ThisProcessor returns the abilities of this processor.
func ThisProcessor() Abilities {
	x := cpu.X86
	return Abilities{
		Arch: runtime.GOARCH, AVX2: x.HasAVX2, AVX512: x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL,
		VNNI: x.HasAVX512VNNI || x.HasAVXVNNI, AMX: x.HasAMXInt8, Dot: cpu.ARM64.HasASIMDDP,
	}
}

// Class names a processor by its abilities, such as amd64-avx512-vnni.
func (a Abilities) Class() string {
	parts := []string{a.Arch}
	switch {
	case a.AVX512:
		parts = append(parts, "avx512")
	case a.AVX2:
		parts = append(parts, "avx2")
	}
	for _, p := range []struct {
		has  bool
		name string
	}{{a.VNNI, "vnni"}, {a.AMX, "amx"}, {a.Dot, "dotprod"}} {
		if p.has {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, "-")
}

// Features lists the instruction sets from which our kernels and those of ONNX Runtime choose.
func (a Abilities) Features() (here []string) {
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"sse4.1", cpu.X86.HasSSE41}, {"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA},
		{"avxvnni", cpu.X86.HasAVXVNNI}, {"avx512f", cpu.X86.HasAVX512F}, {"avx512vnni", cpu.X86.HasAVX512VNNI}, {"avx512bf16", cpu.X86.HasAVX512BF16},
		{"amx", cpu.X86.HasAMXTile}, {"amxint8", cpu.X86.HasAMXInt8}, {"asimd", cpu.ARM64.HasASIMD}, {"asimddp", cpu.ARM64.HasASIMDDP},
		{"sve", cpu.ARM64.HasSVE},
	} {
		if f.has {
			here = append(here, f.name)
		}
	}
	return here
}

// Saturates reports whether kernels for unsigned activations and signed weights add pairs of products in 16 bits on this processor. Such sums can saturate.
func (a Abilities) Saturates() bool {
	return (a.Arch == "amd64" || a.Arch == "386") && !a.VNNI && !a.AMX
}

// gpu returns the models of the GPUs in NVIDIA's driver, separated by commas, and the driver's version.
func gpu(dir string) (models, driver string) {
	version, err := os.ReadFile(filepath.Join(dir, "version"))
	if err != nil {
		return "", ""
	}
	if _, rest, ok := strings.Cut(string(version), "Kernel Module"); ok {
		for _, word := range strings.Fields(rest) {
			if word[0] >= '0' && word[0] <= '9' {
				driver = word
				break
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "gpus", "*", "information"))
	if err != nil {
		return "", driver
	}
	var all []string
	for _, file := range files {
		if name := procFields(file, "Model")["Model"]; name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", "), driver
}
