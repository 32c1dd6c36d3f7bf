package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/fastclip/fastclip/internal/store"
)

// retime is a command for scripts: retime RUN OUT VARIANT FACTOR copies a run's tables and multiplies the times of a variant.
func retime() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "retime:", err)
			os.Exit(1)
		}
	}
	from, to, variant := os.Args[1], os.Args[2], os.Args[3]
	factor, err := strconv.ParseFloat(os.Args[4], 64)
	fail(err)
	fail(os.CopyFS(to, os.DirFS(from)))
	fail(os.Remove(filepath.Join(to, "complete.json")))
	res, err := store.LoadRun(from)
	fail(err)
	for i, t := range res.Timings {
		if t.Variant == variant {
			res.Timings[i].NS = int64(float64(t.NS) * factor)
		}
	}
	slices.Reverse(res.Timings) // their order must not matter
	f, err := store.Create(to)
	fail(err)
	fail(f.Save(res))
	fail(f.Finish(res.Run.RunID))
}
