package cluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Script is a Slurm job array. Each of its tasks does one slice of the plan. If a node dies, submit again: the next array does what is left.
func (j Job) Script() string {
	return fmt.Sprintf(`#!/bin/sh
#SBATCH --job-name=fastclip-%.12s
#SBATCH --array=1-%d
#SBATCH --requeue
#SBATCH --output=fastclip-%.12s-%%a.log
exec %s work --store %s --plan %s --slice "$SLURM_ARRAY_TASK_ID/%d"
`, j.Plan.SHA, j.Slices, j.Plan.SHA, quoted(j.Program), quoted(j.Store), j.Plan.SHA, j.Slices)
}

// Slurm submits the array and waits until it ends.
func (j Job) Slurm(ctx context.Context) error {
	if _, err := exec.LookPath("sbatch"); err != nil {
		return errors.New("unavailable: no sbatch on this machine: start eval on a login node of the cluster, or print the script with --dry-run")
	}
	cmd := exec.CommandContext(ctx, "sbatch", "--wait")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(j.Script()), j.Stderr, j.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("sbatch --wait: %w: see the logs in this folder, then run the same command again to submit what is left", err)
	}
	return nil
}
