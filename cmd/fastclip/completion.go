package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/internal/suggest"
)

// shells that completion is for.
var shells = []string{"bash", "zsh", "fish"}

func newCompletionCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "print the script that completes fastclip's commands and flags in a shell",
		Example: `  source <(fastclip completion bash)    # in this shell; needs the package bash-completion
  fastclip completion bash > ~/.local/share/bash-completion/completions/fastclip
  fastclip completion zsh > "${fpath[1]}/_fastclip"
  fastclip completion fish > ~/.config/fish/completions/fastclip.fish`,
		ValidArgs: shells,
		Args:      usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(e.stdout, true)
			case "zsh":
				return root.GenZshCompletion(e.stdout)
			case "fish":
				return root.GenFishCompletion(e.stdout, true)
			}
			return usageError{fmt.Errorf("no completion for shell %q: want one of %s%s", args[0], strings.Join(shells, ", "), suggest.Hint(args[0], shells))}
		},
	}
}

// knownCommand refuses an argument where only the name of a command can stand.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return usageError{fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), suggest.Hint(args[0], known))}
}
