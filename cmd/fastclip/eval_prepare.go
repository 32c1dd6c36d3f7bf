package main

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

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
)

// randomise gives every model of the suite that an architecture names random weights of a seed.
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
	h := sha256.Sum256(fmt.Appendf(nil, "%s random %d", s.SHA256, seed)) // another suite than the file
	s.SHA256 = hex.EncodeToString(h[:])
	return nil
}

// prepare exports and derives what the suite's variants name and this machine lacks, and with
// packages also fetches those of its runtimes. What fails is named and left to its variants.
func prepare(ctx context.Context, e *env, s *suite.Suite, packages bool) error {
	kinds := map[string]map[string]bool{} // by model
	runtimes := map[string]bool{}
	for _, v := range s.Variants {
		if encoders.PythonScript(v.Runtime) != "" {
			runtimes[v.Runtime] = true
		}
		if !encoders.IsReference(v.Model) {
			continue
		}
		if kinds[v.Model] == nil {
			kinds[v.Model] = map[string]bool{}
		}
		for _, file := range []string{v.Image, v.Text} {
			for _, k := range derivedKinds {
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
			fmt.Fprintf(e.stderr, "%s: %v\n", model, err)
		}
	}
	if !packages || len(runtimes) == 0 {
		return nil
	}
	err := fetchRuntimes(ctx, &env{stdin: e.stdin, stdout: e.stderr, stderr: e.stderr}, slices.Sorted(maps.Keys(runtimes)))
	var failed exitError
	if errors.As(err, &failed) {
		return nil // named already; its variants are unavailable
	}
	return err
}

// prepareModel makes a model that a suite names by reference.
func prepareModel(ctx context.Context, e *env, model string, kinds []string) error {
	quiet := &env{stdin: e.stdin, stdout: e.stderr, stderr: e.stderr} // stdout is the report's
	if strings.HasPrefix(model, "hf:") {
		if _, _, err := findModel(model); err == nil {
			return nil
		}
		return pullModel(ctx, quiet, pullFlags{}, model)
	}
	dir, err := exportedDir(model)
	if err != nil {
		return err
	}
	if !exists(filepath.Join(dir, "card.json")) {
		fmt.Fprintf(e.stderr, "%s: exporting to %s\n", model, dir)
		if err := exportModel(ctx, quiet, exportFlags{out: dir, force: true}, model); err != nil {
			return err
		}
	}
	missing := slices.DeleteFunc(kinds, func(k string) bool {
		return exists(filepath.Join(dir, "image."+k+".onnx")) && exists(filepath.Join(dir, "text."+k+".onnx"))
	})
	if len(missing) == 0 {
		return nil
	}
	fmt.Fprintf(e.stderr, "%s: deriving %s\n", model, strings.Join(missing, ", "))
	return deriveModel(ctx, quiet, deriveFlags{kinds: missing}, model)
}
