package preprocess

import "golang.org/x/sys/cpu"

// unit is what of the processor the passes use. All units give the same bytes.
type unit int

const (
	unitPlain unit = iota
	unitAVX2
)

// widest is the best unit that this processor has.
func widest() unit {
	if cpu.X86.HasAVX2 {
		return unitAVX2
	}
	return unitPlain
}
