package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/spf13/cobra"
)

// about is what fastclip version says of this program.
type about struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "" where the build did not record it
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Tags    string `json:"tags"`
}

func newVersionCmd(e *cli.Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print this program's version, commit, Go version and platform",
		Example: `  fastclip version
  fastclip version --json | jq -r .commit`,
		Args: cli.UsageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			a := about{Version: cli.Version(), Commit: cli.BuiltFrom(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Tags: cli.BuildTags()}
			if asJSON {
				out := json.NewEncoder(e.Stdout)
				out.SetIndent("", "  ")
				return out.Encode(a)
			}
			_, err := fmt.Fprintf(e.Stdout, "fastclip %s\ncommit %s\n%s %s/%s, build tags: %s\n",
				a.Version, cmp.Or(a.Commit, "not recorded"), a.Go, a.OS, a.Arch, cmp.Or(a.Tags, "none"))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}
