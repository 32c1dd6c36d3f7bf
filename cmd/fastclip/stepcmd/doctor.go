package stepcmd

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/spf13/cobra"
)

// finding describes one thing that the program can use.
type finding struct {
	name, state string
	needed      bool   // without it the default suite cannot run in full
	mend        string // how to get it; empty if it is available
}

func NewDoctorCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "list what is installed, what is missing and how to install it",
		Long: `doctor lists the libraries, their versions and what this machine can do. For each missing part
it prints the command that installs it.

Exit status: 0 the default suite can run in full, 1 something it needs is missing.`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			all := findings()
			if asJSON {
				if err := cli.WriteJSON(e.Stdout, diagnosisOf(all)); err != nil {
					return err
				}
			} else {
				diagnose(e.Stdout, all)
			}
			if missing := missingOf(all); len(missing) > 0 {
				return fmt.Errorf("the default suite cannot run in full without %s", strings.Join(missing, ", "))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// missingOf lists what the default suite needs and this machine lacks.
func missingOf(all []finding) (names []string) {
	for _, f := range all {
		if f.verdict() == "MISSING" {
			names = append(names, f.name)
		}
	}
	return names
}

func (f finding) verdict() string {
	switch {
	case f.mend == "":
		return "ok"
	case f.needed:
		return "MISSING"
	}
	return "absent"
}

// diagnose prints the host and the findings.
func diagnose(w io.Writer, all []finding) {
	host := machine.ThisHost()
	fmt.Fprintf(w, "fastclip %s, %s, build tags: %s\n", cli.Version(), runtime.Version(), cmp.Or(cli.BuildTags(), "none"))
	fmt.Fprintf(w, "%s/%s, %s, %d cores, %.1f GiB of memory\n", host.OS, host.Arch, host.CPU, host.Cores,
		float64(host.MemoryBytes)/(1<<30))
	fmt.Fprintf(w, "cpu features: %s\n", cmp.Or(strings.Join(host.Processor.Features(), " "), "none"))
	fmt.Fprintf(w, "cpu class: %s, of %s; our own kernels use %s\n", slices.Max(isa.All()), strings.Join(isa.Names(), ", "), isa.Used())
	fmt.Fprintf(w, "int8 models: %s: %s\n\n", host.Processor.Class(), integerKernels(host.Processor))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.verdict(), f.name, f.state)
	}
	table.Flush()
	for _, f := range all {
		if f.mend != "" {
			fmt.Fprintf(w, "\n%s: %s\n", f.name, f.mend)
		}
	}
}
