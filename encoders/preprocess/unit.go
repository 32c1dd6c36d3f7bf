package preprocess

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// unit is what of the processor the passes use. All units give the same bytes.
type unit int

const (
	unitPlain unit = iota
	unitNEON
	unitAVX2
	unitAVX512 // with VBMI and VNNI: Ice Lake, Zen 4 and later
)

// units are those that this processor has, the widest last.
func units() []unit {
	all := []unit{unitPlain}
	if runtime.GOARCH == "arm64" { // every one has NEON
		all = append(all, unitNEON)
	}
	x := cpu.X86
	if x.HasAVX2 {
		all = append(all, unitAVX2)
	}
	if x.HasAVX2 && x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512VBMI && x.HasAVX512VNNI {
		all = append(all, unitAVX512)
	}
	return all
}

var best = units()[len(units())-1]

// widest is the best unit that this processor has.
func widest() unit { return best }

// avx2 is whether the passes that are written for AVX2 run.
func (u unit) avx2() bool { return u == unitAVX2 || u == unitAVX512 }

func (u unit) String() string { return [...]string{"plain", "neon", "avx2", "avx512"}[u] }

// Units names the parts of this processor that Pillow's filter can run on, the widest last. All
// of them give the same bytes.
func Units() (names []string) {
	for _, u := range units() {
		names = append(names, u.String())
	}
	return names
}
