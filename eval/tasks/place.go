package tasks

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/machine"
)

// Place is what the bytes of embeddings may depend on in addition to the work itself.
type Place struct {
	OS       string `json:"os"`
	CPUClass string `json:"cpu_class"`
	Features string `json:"cpu_features"`
	GPU      string `json:"gpu,omitempty"`
	Driver   string `json:"gpu_driver,omitempty"`
	Build    string `json:"build"`
	Cores    int    `json:"cores"` // the planner's, on which the noise floor's threads depend
	Threads  int    `json:"threads"`
}

// Here is the place of this machine.
func Here(h machine.Host, build string, threads int) Place {
	return Place{
		OS: h.OS, CPUClass: h.Processor.Class(), Features: strings.Join(h.Processor.Features(), " "), GPU: h.GPU, Driver: h.Driver,
		Build: build, Cores: h.Cores, Threads: threads,
	}
}

// ErrElsewhere is the error for a worker on a machine that is not the plan's place.
var ErrElsewhere = errors.New("this machine does not match the plan")

// Differs says in an ErrElsewhere what is different there, or returns nil. The number of cores does not
// matter.
func (p Place) Differs(there Place) error {
	var out []string
	for _, x := range []struct{ what, plan, here string }{
		{"system", p.OS, there.OS}, {"CPU class", p.CPUClass, there.CPUClass}, {"CPU features", p.Features, there.Features}, {"GPU", p.GPU, there.GPU},
		{"GPU driver", p.Driver, there.Driver}, {"build of fastclip", p.Build, there.Build}, {"threads", fmt.Sprint(p.Threads), fmt.Sprint(there.Threads)},
	} {
		if x.plan != x.here {
			out = append(out, fmt.Sprintf("%s %.60s, here %.60s", x.what, cmp.Or(x.plan, "none"), cmp.Or(x.here, "none")))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s (eval --mixed allows workers on other kinds of machines)", ErrElsewhere, strings.Join(out, "; "))
}
