package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// SpeakAlike gives every command that prints a result the same flags: --format, --json (short for --format json),
// and --out FILE instead of stdout. A command that has one of these flags already keeps its own.
func SpeakAlike(e *Env, root *cobra.Command) {
	root.SetGlobalNormalizationFunc(oneName)
	e.speakAlike(root)
}

func (e *Env) speakAlike(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		e.speakAlike(c)
	}
	if !cmd.Runnable() || cmd.HasSubCommands() {
		return
	}
	flags, run := cmd.Flags(), cmd.RunE
	format, asJSON := flags.Lookup("format"), flags.Lookup("json")
	switch {
	case format != nil && asJSON == nil:
		flags.Bool("json", false, "short for --format json")
	case asJSON != nil && format == nil:
		flags.String("format", "text", "one of text, json")
		asJSON.Usage += ": short for --format json"
	}
	out := ""
	if flags.Lookup("out") == nil {
		flags.StringVarP(&out, "out", "o", "", "write the result to this file, not to stdout")
	}
	heeds := cmd.Name() == "eval" || cmd.Parent().Name() == "bench" // these react to signals themselves, and have much to close
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := oneFormat(cmd, format != nil); err != nil {
			return WrongCall(err)
		}
		do := func() error { return run(cmd, args) }
		if !heeds {
			do = func() error { return obey(cmd.Context(), func() error { return run(cmd, args) }) }
		}
		if out == "" {
			return do()
		}
		return e.intoFile(out, do)
	}
}

// oneName maps old names of flags to the current ones.
func oneName(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "output" {
		name = "out"
	}
	return pflag.NormalizedName(name)
}

// oneFormat makes --json and --format equivalent. own means that the command has its own --format.
func oneFormat(cmd *cobra.Command, own bool) error {
	flags := cmd.Flags()
	if flags.Lookup("json") == nil {
		return nil
	}
	asJSON, err := flags.GetBool("json")
	if err != nil {
		return err
	}
	format := flags.Lookup("format")
	if asJSON && format.Changed && format.Value.String() != "json" {
		return errors.New("--json and --format " + format.Value.String() + ": want one of them")
	}
	if own {
		if asJSON {
			return format.Value.Set("json")
		}
		return nil
	}
	switch format.Value.String() {
	case "text":
		return nil
	case "json":
		return flags.Set("json", "true")
	}
	return fmt.Errorf("unknown format %q: want one of text, json", format.Value.String())
}

// intoFile writes the output of run to a file, which it replaces only when the output is complete. A wrong call replaces nothing.
func (e *Env) intoFile(path string, run func() error) error {
	stdout := e.Stdout
	defer func() { e.Stdout = stdout }()
	var b bytes.Buffer
	e.Stdout = &b
	err := run()
	if err != nil && b.Len() == 0 {
		return err
	}
	return errors.Join(err, ReplaceFile(path, b.Bytes()))
}
