// Package cluster has Ray, Slurm or Kubernetes do the tasks of a plan. Each of them starts "fastclip work" on its machines. The store records which tasks are
// done.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// Job is the rest of a plan's tasks, and the command with which a machine does its share of them.
type Job struct {
	Program        string // path of fastclip on the machines
	Store          string
	Plan           *tasks.Plan
	Todo           []tasks.Task
	Slices         int
	Stdout, Stderr io.Writer
}

// ProgramVariable is the environment variable with fastclip's path on the cluster's machines. The default is the path of this program.
const ProgramVariable = "FASTCLIP_PROGRAM"

// Program returns fastclip's path on the machines: the value of ProgramVariable, or else the path of this process.
func Program() (string, error) {
	if program := os.Getenv(ProgramVariable); program != "" {
		return program, nil
	}
	if program, err := exec.LookPath(os.Args[0]); err == nil {
		return filepath.Abs(program)
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the path of fastclip is unknown: set %s to it: %w", ProgramVariable, err)
	}
	return program, nil
}

// mostSlices limits the size of a job array. Slurm accepts 1001 by default.
const mostSlices = 1000

// NewJob returns a job of the given number of slices; 0 means one slice per task.
func NewJob(store string, p *tasks.Plan, todo []tasks.Task, slices int, stdout, stderr io.Writer) (Job, error) {
	program, err := Program()
	if err != nil {
		return Job{}, err
	}
	if dir, err := filepath.Abs(store); err == nil && !strings.Contains(store, "://") {
		store = dir
	}
	if slices == 0 {
		slices = min(max(1, len(todo)), mostSlices)
	}
	return Job{program, store, p, todo, slices, stdout, stderr}, nil
}

// quoted quotes a word for a shell.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// watchEvery is how often Watched asks the store which tasks are done.
const watchEvery = 2 * time.Second

// Watched runs a cluster's job, and meanwhile reports each task that finishes.
func Watched(ctx context.Context, p *tasks.Plan, s blobstore.Store, todo []tasks.Task, tell func(tasks.Done), work func(context.Context) error) error {
	wanted := map[string]bool{}
	for _, t := range todo {
		wanted[t.ID] = true
	}
	look := func() error {
		ids, err := p.DoneIDs(ctx, s)
		if err != nil {
			return err
		}
		for id := range ids {
			if !wanted[id] {
				continue
			}
			d, err := p.Done(ctx, s, id)
			if err != nil {
				return err
			}
			delete(wanted, id)
			tell(d)
		}
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- work(ctx) }()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return errors.Join(err, look())
		case <-tick.C:
			if err := look(); err != nil {
				return errors.Join(err, <-ended)
			}
		}
	}
}
