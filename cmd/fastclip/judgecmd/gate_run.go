package judgecmd

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// gateFile is another file for the verdict.
type gateFile struct{ format, path string }

func writesOf(args []string) ([]gateFile, error) {
	var out []gateFile
	for _, arg := range args {
		format, path, ok := strings.Cut(arg, "=")
		if !ok || path == "" {
			return nil, cli.WrongCall(fmt.Errorf("--write %q: want FORMAT=FILE", arg))
		}
		if err := knownFormat(format, gate.Formats()); err != nil {
			return nil, err
		}
		out = append(out, gateFile{format, path})
	}
	return out, nil
}

func writeVerdicts(files []gateFile, result *gate.Result) error {
	for _, f := range files {
		var b bytes.Buffer
		if err := gate.Write(&b, f.format, result); err != nil {
			return err
		}
		if err := cli.ReplaceFile(f.path, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// variantsOf lists the variants of all runs.
func variantsOf(runs ...compare.Run) (out []string) {
	for _, r := range runs {
		for _, v := range r.Variants {
			if !slices.Contains(out, v.Variant) {
				out = append(out, v.Variant)
			}
		}
	}
	return out
}

// nameOf is a run's ID, by which the run's page finds its verdict. If the run could not be read, it is the folder.
func nameOf(r compare.Run, dir string) string {
	if r.Results == nil {
		return dir
	}
	return r.Results.Run.RunID
}

func runGate(ctx context.Context, e *cli.Env, baseDir, headDir, format string, files []gateFile, policy *gate.Policy, opt compare.Options, again confirmFlags, root string) error {
	var result *gate.Result
	if base, head, err := loadRuns(baseDir, headDir); err != nil {
		result = gate.NotRun(nameOf(base, baseDir), nameOf(head, headDir), err)
	} else if err := policy.Fits(variantsOf(base, head)); err != nil {
		return cli.WrongCall(err)
	} else {
		compared := compare.Runs(base, head, opt)
		if result, err = confirm(ctx, e, again, base, head, compared, opt, policy); err == nil && root != "" {
			err = follow(result, compared, policy, root)
		}
		if err != nil {
			return cli.ExitError{Code: gate.NotMeasured.ExitCode(), Err: err} // never the exit status of a regression
		}
	}
	if err := writeVerdicts(files, result); err != nil {
		return cli.ExitError{Code: gate.NotMeasured.ExitCode(), Err: err}
	}
	if err := gate.Write(e.Stdout, format, result); err != nil {
		return cli.ExitError{Code: gate.NotMeasured.ExitCode(), Err: err}
	}
	if code := result.Verdict.ExitCode(); code != cli.ExitDone {
		return cli.ExitError{Code: code}
	}
	return nil
}
