package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/testenv"
)

func commands() *cobra.Command {
	return newRootCmd(&cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
}

var (
	inBackticks = regexp.MustCompile("`--?([a-z-]+)")
	number      = regexp.MustCompile(`\b\d+\b`)
	statuses    = regexp.MustCompile(`(?s)Exit status: (.*?)(\n\n|$)`)
)

// TestTableOfCommands: docs/commands.md lists every command once, with the program's options and exit statuses.
func TestTableOfCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "commands.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| ([a-z][a-z, ]*) \| (.*) \| (.*) \|$`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, rows)
	var named []string
	for _, row := range rows[1:] { // the first row is the heading
		for name := range strings.SplitSeq(row[1], ", ") {
			named = append(named, name)
			cmd, _, err := commands().Find([]string{name})
			require.NoError(t, err, name)
			for _, flag := range inBackticks.FindAllStringSubmatch(row[2], -1) {
				assert.NotNil(t, cmd.Flags().Lookup(flag[1]), "%s --%s", name, flag[1])
			}
			if m := statuses.FindStringSubmatch(cmd.Long); m != nil {
				for _, status := range number.FindAllString(m[1], -1) {
					if !slices.Contains([]string{"2", "130", "143"}, status) { // the page explains these once for all commands
						assert.Contains(t, number.FindAllString(row[3], -1), status, "exit status of %s", name)
					}
				}
			}
		}
	}
	var all []string
	for _, c := range commands().Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			all = append(all, c.Name())
		}
	}
	assert.ElementsMatch(t, all, named)
	assert.Contains(t, string(text), "text (eval's screen), "+"trec, mlflow or wandb", "the formats of report")
}

// TestCommandsInDocs: the program accepts every call of fastclip on every page.
func TestCommandsInDocs(t *testing.T) {
	root := testenv.Root(t)
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)
	calls := 0
	for _, page := range append(pages, filepath.Join(root, "README.md"), filepath.Join(root, "internal", "dist", "README.md")) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n") {
			if !strings.HasPrefix(line, "    ") {
				continue // text names commands without their arguments
			}
			for _, call := range called(line) {
				calls++
				assert.NoError(t, known(call), "%s: %s", filepath.Base(page), line)
			}
		}
	}
	assert.Greater(t, calls, 100)
}

// quoted matches a quoted word of a shell.
var quoted = regexp.MustCompile(`"[^"$]*"|'[^']*'`)

// called returns the words after fastclip in a line of shell, up to the end of each call.
func called(line string) (calls [][]string) {
	line, _, _ = strings.Cut(line, " #")
	line = quoted.ReplaceAllString(line, "QUOTED")
	for _, part := range regexp.MustCompile(`&&|\|\|?|;|\$\(|\)`).Split(line, -1) {
		words := strings.Fields(part)
		for i, w := range words {
			if w == "fastclip" || strings.HasSuffix(w, "/fastclip") || w == "./task" && i+1 < len(words) && slices.Contains([]string{"eval", "doctor"}, words[i+1]) {
				if i > 0 && !strings.Contains(words[i-1], "=") || strings.HasPrefix(w, "/") {
					break // a word of another command
				}
				calls = append(calls, words[i+1:])
				break
			}
		}
	}
	return calls
}

// known returns an error for a command or a flag that the program does not have.
func known(words []string) error {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "--" })
	cmd, rest, err := commands().Find(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, ">") }))
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.AddFlagSet(cmd.Flags())
	for _, w := range rest {
		w = strings.Trim(w, "[]…()'\"")
		name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		switch {
		case strings.HasPrefix(w, "--") && flags.Lookup(name) == nil:
			return fmt.Errorf("no flag %s", w)
		case len(w) == 2 && w[0] == '-' && flags.ShorthandLookup(w[1:]) == nil:
			return fmt.Errorf("no flag %s", w)
		}
	}
	return nil
}
