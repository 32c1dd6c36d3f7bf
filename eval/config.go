package eval

import (
	"io"
	"io/fs"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/tasks"
)

// Config holds what a run needs besides its suite.
type Config struct {
	Suite    *suite.Suite
	Out      string          // the run's folder; empty for one of its own under Root
	Root     string          // parent folder of runs without a folder of their own
	History  string          // or the results root in which each run is filed by its date: history.Partition
	Cache    string          // finished work, shared by all runs
	Tensors  int64           // most bytes of preprocessed pictures kept between runs
	Since    time.Time       // a fresh run uses work that was finished later
	Fresh    bool            // use no finished work
	Env      encoders.Env    // resources of encoders
	Art      fs.FS           // art for generated scenes
	Progress io.Writer       // messages and progress, or nil
	Tool     string          // version of the program
	Commit   string          // commit that it was built from, or empty
	Build    string          // build of the program, which does not use finished work of other builds
	Shared   *Shared         // store that machines share, or nil
	Crashed  []tasks.Crashed // variants that have ended processes and stay closed
}

// Outcome is a finished run.
type Outcome struct {
	Dir      string
	Reused   bool        // nothing has changed, and the folder is an earlier run's
	Failures int         // number of variants, datasets and pictures that the results list with a reason
	Tasks    *tasks.Plan // for a dry run
}
