package runcmd

import (
	"cmp"
	"fmt"
	"math"
	"os"

	"github.com/dustin/go-humanize"
	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/cmd/fastclip/scale"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
)

type EvalFlags struct {
	out, root, Cache string
	history          string
	policy           string // is only checked
	runFile          string // file to which the run's folder is written
	Only, Datasets   []string
	fresh, prepare   bool
	memory           string // replaces the suite's
	tensors          string // a size, or empty
	limit            int    // pictures per dataset; 0 means all
	random           string // a seed, or empty
	scoresOnly, full bool
	scale            scale.Flags
}

// narrow replaces settings of the suite by those of the flags.
func (f EvalFlags) narrow(chosen *suite.Suite) error {
	if f.limit < 0 {
		return fmt.Errorf("--limit %d: want a number of pictures, or 0 for all", f.limit)
	}
	if f.scoresOnly {
		chosen.Skip = suite.Parts()
	}
	if f.limit > 0 {
		chosen.Limit = f.limit
	}
	if f.memory == "" {
		return nil
	}
	if err := suite.CheckMemory(f.memory); err != nil {
		return fmt.Errorf("--memory %w", err)
	}
	chosen.Memory = f.memory
	return nil
}

func EvalConfig(e *cli.Env, suite *suite.Suite, f EvalFlags) (eval.Config, error) {
	models, err := fastclip.Models()
	if err != nil {
		return eval.Config{}, err
	}
	art, err := fastclip.Art()
	if err != nil {
		return eval.Config{}, err
	}
	cache := f.Cache
	if cache == "" {
		if cache, err = cli.CacheDir(); err != nil {
			return eval.Config{}, err
		}
	}
	tensors, err := tensorBytes(f.tensors)
	if err != nil {
		return eval.Config{}, cli.WrongCall(err)
	}
	id, err := cli.Build()
	if err != nil {
		return eval.Config{}, err
	}
	return eval.Config{
		Suite: suite, Out: f.out, Root: f.root, History: f.history, Cache: cache, Tensors: tensors, Fresh: f.fresh,
		Env: encoders.Env{Models: models, Find: modelscmd.FindModel, Dir: suite.Dir}, Art: art, Progress: cli.Progress(e.Stderr), Tool: cli.Version(), Commit: cli.Commit, Build: id,
	}, nil
}

// tensorCache is the default size of the cache of preprocessed pictures: 14,000 of 224x224.
const tensorCache = "2GiB"

// tensorBytes is the size from the flag, the environment, or the default.
func tensorBytes(flag string) (int64, error) {
	name, size := "--tensor-cache", flag
	if size == "" {
		name, size = "FASTCLIP_TENSOR_CACHE", os.Getenv("FASTCLIP_TENSOR_CACHE")
	}
	n, err := humanize.ParseBytes(cmp.Or(size, tensorCache))
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("%s %q: want a size such as 2GiB, or 0 for none", name, size)
	}
	return int64(n), nil
}
