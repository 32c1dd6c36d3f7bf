// Package check finds faults in a suite and a policy without running them.
package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/strictyaml"
	"github.com/fastclip/fastclip/judge/gate"
)

// Run checks a suite, given by name or file, and the policy if there is one. It returns an error if the suite does not exist.
func Run(ctx context.Context, name, policy string, env encoders.Env) (*Found, error) {
	found := &Found{Suite: name}
	of, err := suite.Examine(name)
	if unknown := (suite.UnknownError{}); errors.As(err, &unknown) {
		return nil, err
	}
	found.Add(err)
	switch {
	case err == nil:
		found.Suite, found.Variants, found.Datasets = of.Name, len(of.Variants), len(of.Datasets)
		checkVariants(ctx, of, name, env, found)
		checkDatasets(ctx, of, name, found)
	case of != nil: // what can be seen beside wrong values
		for i, v := range of.Variants {
			if err := namedPipeline(v.Preprocess); err != nil {
				found.Add(ofVariant(of, name, i, err))
			}
		}
		checkDatasets(ctx, of, name, found)
	}
	found.Add(Policy(policy, of))
	return found, nil
}

// Policy reads the policy, if one is named, and checks that its rules fit the variants of the suite, if there is one.
func Policy(path string, of *suite.Suite) error {
	if path == "" {
		return nil
	}
	p, err := gate.LoadPolicy(path)
	if err != nil || of == nil {
		return err
	}
	return p.Fits(of.VariantNames())
}

// checkVariants opens the variants that run in this process. For the others it checks that the model exists.
func checkVariants(ctx context.Context, of *suite.Suite, file string, env encoders.Env, found *Found) {
	env.Dir = of.Dir
	opener := variants.NewOpener(env)
	defer opener.Close()
	for i, spec := range of.Variants {
		if ctx.Err() != nil {
			return
		}
		err := namedPipeline(spec.Preprocess)
		switch {
		case err != nil:
		case spec.Runtime == "oip":
		case spec.Runtime != "onnxruntime" && spec.Runtime != "precomputed":
			_, err = opener.Env.Model(spec.Model)
		default:
			v := opener.OpenIn(ctx, of, spec)
			if v.Status == store.StatusUnavailable {
				found.Notes = append(found.Notes, fmt.Sprintf("variant %s is unavailable here: %s", spec.Name, v.Reason))
				err = namedFiles(opener.Env, spec)
			} else if !v.OK() {
				err = errors.New(v.Reason)
			}
			err = errors.Join(err, opener.CloseEncoders())
		}
		if errors.Is(err, machine.ErrUnavailable) {
			found.Notes = append(found.Notes, fmt.Sprintf("variant %s is unavailable here: %s", spec.Name, variants.Reason(err)))
		} else if err != nil {
			found.Add(ofVariant(of, file, i, err))
		}
	}
}

// ofVariant names a variant's place in an error.
func ofVariant(of *suite.Suite, file string, i int, err error) error {
	return fmt.Errorf("suite %s: %svariant %s: %w", file, strictyaml.Position(of.Source, fmt.Sprintf("$.variants[%d].name", i)), of.Variants[i].Name, err)
}

// checkDatasets lists the items of each, as eval does; what is generated has no files.
func checkDatasets(ctx context.Context, of *suite.Suite, file string, found *Found) {
	for i, d := range of.Datasets {
		if d.Scenes != nil || d.SourceName() == "" || ctx.Err() != nil {
			continue
		}
		set, err := embed.OpenSet(ctx, d, embed.Where{Dir: of.Dir, Limit: of.Limit})
		if err != nil {
			found.Add(fmt.Errorf("suite %s: %s%w", file, strictyaml.Position(of.Source, fmt.Sprintf("$.datasets[%d].name", i)), err))
			continue
		}
		set.Dataset.Close() // nothing was written, so errors do not matter
	}
}
