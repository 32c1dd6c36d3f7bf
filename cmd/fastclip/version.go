package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// commit is set by the linker; see Taskfile.yml.
var commit string

// about is what fastclip version says of this program.
type about struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "" where the build did not record it
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Tags    string `json:"tags"`
}

func newVersionCmd(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print this program's version, commit, Go version and platform",
		Example: `  fastclip version
  fastclip version --json | jq -r .commit`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			a := about{Version: version(), Commit: builtFrom(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Tags: buildTags()}
			if asJSON {
				out := json.NewEncoder(e.stdout)
				out.SetIndent("", "  ")
				return out.Encode(a)
			}
			_, err := fmt.Fprintf(e.stdout, "fastclip %s\ncommit %s\n%s %s/%s, build tags: %s\n",
				a.Version, cmp.Or(a.Commit, "not recorded"), a.Go, a.OS, a.Arch, cmp.Or(a.Tags, "none"))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

// builtFrom is the commit that the linker or Go's build recorded, or "".
func builtFrom() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + dirty
}

// version is the module's version, or devel.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// build is a hash of this very program: what another build computed is not taken for its own.
func build() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
