package stepcmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/setup"
	"github.com/fastclip/fastclip/internal/wheels"
	"github.com/spf13/cobra"
)

// setupOptions are the flags of setup.
type setupOptions struct {
	offline, download, machine string
	json                       bool
}

func NewSetupCmd(e *cli.Env) *cobra.Command {
	var o setupOptions
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "install the libraries that this program loads, for this user",
		Long: `setup installs ONNX Runtime, libjpeg-turbo, libwebp and uv into this user's cache folder ($FASTCLIP_TOOLS names
another). They come out of pinned wheels, whose hashes it checks. Python's pip fetches them, or uv where there is
no pip; so their indexes, proxies and certificates count. What is whole already is left alone.

For a machine without network, fill a folder on another one with --download, copy it, and name it with --offline.

Exit status: 0 all is installed, 1 something is not: each part is named with its reason.`,
		Example: `  fastclip setup
  fastclip setup --download wheels --machine Linux-aarch64
  fastclip setup --offline wheels`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, e) },
	}
	f := cmd.Flags()
	f.StringVar(&o.offline, "offline", "", "take the wheels from this folder, without network")
	f.StringVar(&o.download, "download", "", "put the wheels into this folder and install nothing")
	f.StringVar(&o.machine, "machine", setup.Machine(runtime.GOOS, runtime.GOARCH), "with --download: the machine that they are for")
	f.BoolVar(&o.json, "json", false, "print a JSON array")
	return cmd
}

// installed is the result for one wheel.
type installed struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Status  string `json:"status"` // here, installed, repaired, downloaded, or missing
	Path    string `json:"path,omitempty"`
	Reason  string `json:"reason,omitempty"` // why it is missing
}

func (o setupOptions) run(cmd *cobra.Command, e *cli.Env) error {
	all := setup.Machines()
	switch {
	case o.offline != "" && o.download != "":
		return cli.WrongCall(errors.New("--offline and --download: want one of them"))
	case cmd.Flags().Changed("machine") && o.download == "":
		return cli.WrongCall(errors.New("--machine goes with --download"))
	case o.download != "" && !slices.Contains(all, o.machine):
		return cli.WrongCall(fmt.Errorf("no wheels for machine %q: want one of %s", o.machine, strings.Join(all, ", ")))
	}
	ctx := cmd.Context()
	source := o.source()
	var parts []installed
	for _, name := range setup.Names() {
		var part installed
		if o.download != "" {
			part = o.fetch(ctx, name, source)
		} else {
			part = install(ctx, name, source, func(line string) { fmt.Fprintln(e.Stderr, "setup: "+line) })
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		parts = append(parts, part)
	}
	if err := o.print(e, parts); err != nil {
		return err
	}
	return o.complaint(e, parts)
}

// source returns where wheels come from. It looks for pip when it fetches the first wheel.
func (o setupOptions) source() wheels.Source {
	if o.offline != "" {
		return wheels.Folder(o.offline)
	}
	return &wheels.AnyPip{}
}

func (o setupOptions) print(e *cli.Env, parts []installed) error {
	if o.json {
		return cli.WriteJSON(e.Stdout, parts)
	}
	table := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	for _, p := range parts {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.Status, strings.TrimSpace(p.Name+" "+p.Version), p.Path)
	}
	return table.Flush()
}
