// Package bench measures one thing at a time: inference, indexing, throughput, scoring or pipelines. What is
// compared takes turns, so that the state of the machine affects all of it alike.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/progress"
)

// Config is what a bench needs besides what it measures.
type Config struct {
	Suite    *suite.Suite // its first dataset is used; the suite is not changed
	Cache    string       // generated scenes, and the rounds' own work
	Env      encoders.Env // resources of encoders
	Art      fs.FS        // of generated scenes
	Progress io.Writer    // messages and progress, or nil
	Tool     string       // version of the program
	Commit   string       // that it was built from, or empty
	Build    string       // of the program
}

// workbench holds what every bench needs: the machine, the opener of encoders, and the first dataset.
type workbench struct {
	cfg      Config
	suite    *suite.Suite
	host     machine.Host
	opener   *variants.Opener
	progress *progress.Progress
	set      *embed.Set // nil until openSet
	told     map[string]bool
}

// newWorkbench opens no encoder from the cache of earlier runs: each opens as soon as it is asked for. The
// caller closes the workbench.
func newWorkbench(cfg Config) *workbench {
	first := *cfg.Suite
	first.Datasets = first.Datasets[:1]
	w := &workbench{cfg: cfg, suite: &first, host: machine.ThisHost(), progress: progress.New(cfg.Progress)}
	cfg.Env.Timeout = cfg.Suite.Timeout
	w.opener = variants.NewOpener(cfg.Env, w.host.CPU, cfg.Build)
	return w
}

// tell reports, once for each variant, contradictions between its model's files, or between files and
// graphs.
func (w *workbench) tell(opened ...*variants.Variant) {
	if w.told == nil {
		w.told = map[string]bool{}
	}
	for _, v := range opened {
		for _, fault := range v.Info.Faults {
			if text := fmt.Sprintf("warning: variant %s: %s", v.Spec.Name, fault); !w.told[text] {
				w.told[text] = true
				w.progress.Say("%s", text)
			}
		}
	}
}

// openSet opens the dataset.
func (w *workbench) openSet(ctx context.Context) error {
	w.progress.Phase("preparing datasets", 1)
	s, err := embed.OpenSet(ctx, w.suite.Datasets[0], embed.Where{Dir: w.suite.Dir, Art: w.cfg.Art, Cache: w.cfg.Cache, Limit: w.suite.Limit})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		w.progress.Say("%v", err)
		return fmt.Errorf("no dataset could be opened: %w", err)
	}
	w.set = s
	w.progress.Add(1)
	return nil
}

// close closes what was opened.
func (w *workbench) close() error {
	w.progress.Stop()
	var err error
	if w.set != nil {
		err = w.set.Dataset.Close()
	}
	return errors.Join(err, w.opener.Close())
}
