package runcmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
)

// randomise gives random weights to every model of the suite that is named by its architecture.
func randomise(s *suite.Suite, seed uint64) error {
	n := 0
	for i, v := range s.Variants {
		arch, ok := strings.CutPrefix(v.Model, "open_clip:")
		if !ok {
			continue
		}
		arch, _, _ = strings.Cut(arch, ":")
		s.Variants[i].Model = fmt.Sprintf("open_clip:%s:random@%d", arch, seed)
		n++
	}
	if n == 0 {
		return fmt.Errorf("--random-weights: suite %s has no model that is named open_clip:ARCH:TAG", s.Name)
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s random %d", s.SHA256, seed)) // the result is another suite than the file
	s.SHA256 = hex.EncodeToString(h[:])
	return nil
}

// prepare exports and derives the models of the suite that this machine lacks. With packages, it also fetches the packages of its runtimes. It reports
// failures, and goes on: only the variants concerned are unavailable.
func prepare(ctx context.Context, e *cli.Env, s *suite.Suite, packages bool) error {
	kinds := map[string]map[string]bool{} // the kinds to derive, by model
	runtimes := map[string]bool{}
	for _, v := range s.Variants {
		if slices.Contains(encoders.PythonRuntimes(), v.Runtime) { // only runtimes with Python adapters: onnxruntime itself needs no Python
			runtimes[v.Runtime] = true
		}
		if !encoders.IsReference(v.Model) {
			continue
		}
		if kinds[v.Model] == nil {
			kinds[v.Model] = map[string]bool{}
		}
		for _, file := range []string{v.Image, v.Text} {
			for _, k := range modelscmd.DerivedKinds {
				if strings.HasSuffix(file, "."+k+".onnx") {
					kinds[v.Model][k] = true
				}
			}
		}
	}
	for _, model := range slices.Sorted(maps.Keys(kinds)) {
		if err := prepareModel(ctx, e, model, slices.Sorted(maps.Keys(kinds[model]))); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			fmt.Fprintf(e.Stderr, "%s: %v\n", model, err)
		}
	}
	if !packages || len(runtimes) == 0 {
		return nil
	}
	err := modelscmd.FetchRuntimes(ctx, &cli.Env{Stdin: e.Stdin, Stdout: e.Stderr, Stderr: e.Stderr}, slices.Sorted(maps.Keys(runtimes)))
	var failed cli.ExitError
	if errors.As(err, &failed) {
		return nil // reported above; its variants are unavailable
	}
	return err
}

// prepareModel makes a model that a suite names by reference.
func prepareModel(ctx context.Context, e *cli.Env, model string, kinds []string) error {
	quiet := &cli.Env{Stdin: e.Stdin, Stdout: e.Stderr, Stderr: e.Stderr} // stdout is for the report
	if strings.HasPrefix(model, "hf:") {
		if _, _, err := modelscmd.FindModel(model); err == nil {
			return nil
		}
		return modelscmd.PullModel(ctx, quiet, modelscmd.PullFlags{}, model)
	}
	dir, err := modelscmd.ExportedDir(model)
	if err != nil {
		return err
	}
	if !modelscmd.Exists(filepath.Join(dir, "card.json")) {
		fmt.Fprintf(e.Stderr, "%s: exporting to %s\n", model, dir)
		if err := modelscmd.ExportModel(ctx, quiet, modelscmd.ExportFlags{Out: dir, Force: true}, model); err != nil {
			return err
		}
	}
	missing := slices.DeleteFunc(kinds, func(k string) bool {
		return modelscmd.Exists(filepath.Join(dir, "image."+k+".onnx")) && modelscmd.Exists(filepath.Join(dir, "text."+k+".onnx"))
	})
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintf(e.Stderr, "%s: deriving %s\n", model, strings.Join(missing, ", "))
	return modelscmd.DeriveModel(ctx, quiet, modelscmd.DeriveFlags{Kinds: missing}, model)
}
