// Package isa chooses the instruction set for our own kernels: the widest that the processor has, or the one that FASTCLIP_ISA names.
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

// Variable is the environment variable that chooses a narrower instruction set.
const Variable = "FASTCLIP_ISA"

// Set is a class of processors by their instructions. A higher set includes all lower ones of the same architecture. A package without a kernel for a set
// uses the next lower one.
type Set int

const (
	Generic    Set = iota // what C compilers assume: SSE2 on x86-64
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

// All lists the sets of this machine, the widest last.
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

// Chosen returns the set for a value of Variable. An empty value means the widest.
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

// Check returns an error if Variable is wrong. A program calls it before Used.
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
