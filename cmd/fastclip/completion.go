package main

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/spf13/cobra"
)

// shells with completion.
var shells = []string{"bash", "zsh", "fish"}

func newCompletionCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "print the script that completes fastclip's commands and flags in a shell",
		Example: `  source <(fastclip completion bash)    # in this shell; needs the package bash-completion
  fastclip completion bash > ~/.local/share/bash-completion/completions/fastclip
  fastclip completion zsh > "${fpath[1]}/_fastclip"
  fastclip completion fish > ~/.config/fish/completions/fastclip.fish`,
		ValidArgs: shells,
		Args:      cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(e.Stdout)
			case "fish":
				return root.GenFishCompletion(e.Stdout, true)
			}
			return cli.WrongCall(fmt.Errorf("no completion for shell %q: want one of %s%s", args[0], strings.Join(shells, ", "), suggest.Hint(args[0], shells)))
		},
	}
}
