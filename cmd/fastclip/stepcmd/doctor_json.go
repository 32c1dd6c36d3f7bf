package stepcmd

import (
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/machine"
)

// diagnosis is the JSON output of doctor.
type diagnosis struct {
	About       cli.About   `json:"fastclip"`
	CPU         string      `json:"cpu"`
	Cores       int         `json:"cores"`
	MemoryBytes int64       `json:"memory_bytes"`
	CPUFeatures []string    `json:"cpu_features"`
	CPUClass    string      `json:"cpu_class"` // the widest instruction set of the processor
	KernelClass string      `json:"kernel_class"`
	IntegerCPU  string      `json:"int8_class"`
	Whole       bool        `json:"ok"` // whether the default suite can run in full
	Parts       []diagnosed `json:"parts"`
}

// diagnosed is one thing that the program can use.
type diagnosed struct {
	Name   string `json:"name"`
	Status string `json:"status"` // ok, missing or absent
	Needed bool   `json:"needed"`
	State  string `json:"state"`
	Mend   string `json:"mend,omitempty"` // how to get it
}

// diagnosisOf puts the findings together.
func diagnosisOf(all []finding) diagnosis {
	host := machine.ThisHost()
	d := diagnosis{
		About: cli.ThisProgram(), CPU: host.CPU, Cores: host.Cores, MemoryBytes: host.MemoryBytes, CPUFeatures: host.Processor.Features(),
		CPUClass: slices.Max(isa.All()).String(), KernelClass: isa.Used().String(), IntegerCPU: host.Processor.Class(),
		Whole: len(missingOf(all)) == 0,
	}
	for _, f := range all {
		d.Parts = append(d.Parts, diagnosed{f.name, strings.ToLower(f.verdict()), f.needed, f.state, f.mend})
	}
	return d
}
