package judgecmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/internal/store"
)

// maxTRECLines is the most lines of a variant on a dataset that are written without --depth: about 2 GB.
const maxTRECLines = 40_000_000

// writeTREC writes every search of a run in files for trec_eval, and prints how to score them.
func writeTREC(ctx context.Context, e *cli.Env, run, dir string, depth int, given bool) error {
	if dir == "" {
		return cli.WrongCall(errors.New("--format trec needs -o DIR"))
	}
	if _, err := store.LoadRun(run, store.TableRun); err != nil {
		return cli.WrongCall(fmt.Errorf("%s is not a finished run: %w: name the folder that fastclip eval printed", run, err))
	}
	o := score.TRECOptions{Depth: depth, MaxLines: maxTRECLines}
	if given {
		o.MaxLines = 0
	}
	files, err := score.WriteTREC(ctx, run, dir, o)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := fmt.Fprintf(e.Stdout, "fastclip score --qrels %q --run %q -m success.1,5,10 -m map -m recip_rank -m ndcg_cut.10\n", f.Qrels, f.Run); err != nil {
			return err
		}
	}
	return nil
}
