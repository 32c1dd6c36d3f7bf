package check

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/internal/suggest"
)

// namedFiles refuses a model that does not exist or lacks the named files. Without the runtime, nothing else would look for them.
func namedFiles(env encoders.Env, spec encoders.Spec) error {
	if spec.Runtime != encoders.ONNXRuntime {
		return nil
	}
	m, err := env.Model(spec.Model)
	if err != nil {
		return err
	}
	files, err := m.TowersOf(spec)
	if err != nil {
		return err
	}
	for _, file := range []string{files.Image, files.Text} {
		if file != "" && !m.Has(file) {
			return fmt.Errorf("model %s has no file %s", m.Name, file)
		}
	}
	return nil
}

// namedPipeline refuses the name of an unknown pipeline.
func namedPipeline(name string) error {
	if name == "" || name == "model" || pipelines.About(name) != "" {
		return nil
	}
	return fmt.Errorf("no pipeline %q: want model or one of %s%s", name, strings.Join(pipelines.Names(), ", "), suggest.Hint(name, pipelines.Names()))
}
