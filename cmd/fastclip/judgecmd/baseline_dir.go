package judgecmd

import (
	"os"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/baseline"
)

// baseDir returns the folder of BASE. arg is a run's folder or a baseline file, which may have its own run for HEAD's class of processors.
func baseDir(arg, headDir string) (string, error) {
	info, err := os.Stat(arg)
	if err != nil || info.IsDir() {
		return arg, nil // reading the run gives a better error
	}
	class, err := classOf(headDir)
	if err != nil {
		class = "" // reading HEAD gives the error later
	}
	return baseline.Resolve(arg, class)
}

// classOf is the class of processors that a run used, or "" if an older program wrote the run.
func classOf(dir string) (string, error) {
	res, err := store.LoadRun(dir, store.TableRun)
	if err != nil || res.Run.CPUClass == nil {
		return "", err
	}
	return *res.Run.CPUClass, nil
}
