package judgecmd

import (
	"os"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/baseline"
)

// baseDir is the folder of BASE, which is a run's folder or a baseline's file: for HEAD's class of
// processors, where that has one of its own.
func baseDir(arg, headDir string) (string, error) {
	info, err := os.Stat(arg)
	if err != nil || info.IsDir() {
		return arg, nil // the run's own error says more
	}
	class, err := classOf(headDir)
	if err != nil {
		class = "" // HEAD's own error comes later
	}
	return baseline.Resolve(arg, class)
}

// classOf is the class of processors that a run was on; "" of older programs' runs.
func classOf(dir string) (string, error) {
	res, err := store.LoadRun(dir, store.TableRun)
	if err != nil || res.Run.CPUClass == nil {
		return "", err
	}
	return *res.Run.CPUClass, nil
}
