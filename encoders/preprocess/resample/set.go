package resample

import "github.com/fastclip/fastclip/internal/isa"

// set is the instructions that the passes use. All sets give the same bytes.
type set isa.Set

// sets are the sets of this processor, the widest last.
func sets() (all []set) {
	for _, s := range isa.All() {
		all = append(all, set(s))
	}
	return all
}

// used is the default set.
func used() set { return set(isa.Used()) }

// avx2 tells whether the passes for AVX2 run.
func (s set) avx2() bool { return isa.Set(s) >= isa.AVX2 }

// avx512 tells whether the passes for AVX-512 with VBMI and VNNI run.
func (s set) avx512() bool { return isa.Set(s) >= isa.AVX512VNNI }

func (s set) String() string { return isa.Set(s).String() }
