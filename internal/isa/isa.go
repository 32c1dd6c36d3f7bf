// Package isa says which of the processor's instruction sets our own kernels use: the widest available one, or the
// one that FASTCLIP_ISA names.
package isa

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/cpu"
)

// Variable is the environment variable that chooses a narrower set than the widest one.
const Variable = "FASTCLIP_ISA"

// Set is a class of processors, by their instructions. A higher set includes all lower ones of the same
// architecture. A package without a kernel for a set uses the next lower one.
type Set int

const (
	Generic    Set = iota // what a C compiler takes for granted: SSE2 on x86-64
	NEON                  // every arm64
	AVX2                  // with FMA: Haswell, Zen and later
	AVX512                // F, BW, DQ and VL: Skylake servers and later
	AVX512VNNI            // with VBMI and VNNI: Ice Lake, Zen 4 and later
)

func (s Set) String() string {
	return [...]string{"generic", "neon", "avx2", "avx512", "avx512vnni"}[s]
}

// Bits is the width of s's vectors on x86-64.
func (s Set) Bits() int {
	switch {
	case s >= AVX512:
		return 512
	case s >= AVX2:
		return 256
	}
	return 128
}

// All are the sets that this machine has, the widest last.
func All() []Set {
	all := []Set{Generic}
	if runtime.GOARCH == "arm64" {
		return append(all, NEON)
	}
	x := cpu.X86
	for _, next := range []struct {
		set Set
		has bool
	}{
		{AVX2, x.HasAVX2 && x.HasFMA},
		{AVX512, x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL},
		{AVX512VNNI, x.HasAVX512VBMI && x.HasAVX512VNNI},
	} {
		if !next.has {
			break
		}
		all = append(all, next.set)
	}
	return all
}

// Names are the names of All.
func Names() (names []string) {
	for _, s := range All() {
		names = append(names, s.String())
	}
	return names
}

// Parse finds a set of this machine by name.
func Parse(name string) (Set, error) {
	if at := slices.Index(Names(), name); at >= 0 {
		return All()[at], nil
	}
	return Generic, fmt.Errorf("%q is not an instruction set of this processor, which has %s", name, strings.Join(Names(), ", "))
}

// Chosen is the set that a value of Variable names; an empty value means the widest.
func Chosen(value string) (Set, error) {
	if value == "" {
		return slices.Max(All()), nil
	}
	s, err := Parse(value)
	if err != nil {
		return s, fmt.Errorf("%s=%w", Variable, err)
	}
	return s, nil
}

// Check tells what is wrong with Variable. A program calls it before Used.
func Check() error {
	_, err := Chosen(os.Getenv(Variable))
	return err
}

var used = sync.OnceValue(func() Set {
	s, err := Chosen(os.Getenv(Variable))
	if err != nil {
		panic(err)
	}
	return s
})

// Used is the widest set that kernels may use. It panics if Check returns an error.
func Used() Set { return used() }
