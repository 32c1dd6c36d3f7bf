package cluster

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/blobstore"
)

func job() Job {
	p := &tasks.Plan{SHA: "0123456789abcdef", Tasks: []tasks.Task{{ID: "a"}, {ID: "b"}}}
	return Job{"/opt/fast clip", "/data/it's", p, p.Tasks, 3, os.Stdout, os.Stderr}
}

// TestScript: a shell runs the array's script correctly, whatever characters the names contain.
func TestScript(t *testing.T) {
	dir := t.TempDir()
	j := job()
	j.Program = filepath.Join(dir, "fast clip")
	require.NoError(t, os.WriteFile(j.Program, []byte("#!/bin/sh\nfor w; do echo \"$w\"; done\n"), 0o755))
	script := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(script, []byte(j.Script()), 0o755))
	cmd := exec.Command("sh", script)
	cmd.Env = append(os.Environ(), "SLURM_ARRAY_TASK_ID=2")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "work\n--store\n/data/it's\n--plan\n0123456789abcdef\n--slice\n2/3\n", string(out))
	assert.Contains(t, j.Script(), "#SBATCH --array=1-3\n")
}

// TestSlurm submits to a stand-in for sbatch, which does what the nodes of the array would do.
func TestSlurm(t *testing.T) {
	dir := t.TempDir()
	done := filepath.Join(dir, "done")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sbatch"), []byte("#!/bin/sh\n[ \"$1\" = --wait ] || exit 9\ncat > "+done+"\n"), 0o755))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	require.NoError(t, job().Slurm(t.Context()))
	got, err := os.ReadFile(done)
	require.NoError(t, err)
	assert.Equal(t, job().Script(), string(got))
	t.Setenv("PATH", t.TempDir())
	assert.ErrorContains(t, job().Slurm(t.Context()), "unavailable: no sbatch")
}

func TestYAML(t *testing.T) {
	got := job().YAML()
	assert.Contains(t, got, "completionMode: Indexed\n  completions: 3\n")
	assert.Contains(t, got, `--store '/data/it'\\''s' --plan 0123456789abcdef --slice \"$((JOB_COMPLETION_INDEX + 1))/3\""]`)
}

// TestWatchedConcurrently: Watched reports each finished task once, and returns the job's error.
func TestWatchedConcurrently(t *testing.T) {
	s, err := blobstore.Folder(t.TempDir())
	require.NoError(t, err)
	p := &tasks.Plan{SHA: "0123456789abcdef", Tasks: []tasks.Task{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	var told []string
	err = Watched(t.Context(), p, s, p.Tasks[:2], func(d tasks.Done) { told = append(told, d.Task) }, func(ctx context.Context) error {
		for _, x := range p.Tasks {
			if err := p.PutDone(ctx, s, tasks.Done{Task: x.ID}); err != nil {
				return err
			}
		}
		return assert.AnError
	})
	require.ErrorIs(t, err, assert.AnError)
	assert.ElementsMatch(t, []string{"a", "b"}, told)
}
