package judgecmd

import (
	"bytes"
	"context"
	"fmt"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/trackers"
)

// writeTracker writes a run in a tracker's offline format, and prints how to view it.
func writeTracker(ctx context.Context, e *cli.Env, dir string, f reportFlags) error {
	if f.out == "" {
		return cli.WrongCall(fmt.Errorf("--format %s needs -o DIR", f.format))
	}
	res, err := reports.Load(dir, "csv")
	if err != nil {
		return cli.WrongCall(fmt.Errorf("%s is not a finished run: %w: name the folder that fastclip eval printed", dir, err))
	}
	var table bytes.Buffer
	if err := reports.WriteWith(&table, "csv", res, reports.Extras{}); err != nil {
		return err
	}
	run, err := trackers.Of(res, table.Bytes())
	if err != nil {
		return err
	}
	if err := trackers.Write(ctx, f.format, f.out, run, e.Stderr); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	look := map[string]string{"mlflow": "mlflow ui --backend-store-uri %q\n", "wandb": "wandb sync --include-offline %q/wandb/offline-run-*\n"}
	_, err = fmt.Fprintf(e.Stdout, look[f.format], f.out)
	return err
}
