package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

const killSuite = `name: kill
resamples: 200
timing: {items: 4, rounds: 2, warmup: 0}
datasets:
  - {name: double, scenes: {objects: 2, count: 40, seed: 2, size: 96x72}}
variants:
  - {name: ref}
  - {name: int8, image: image.int8.onnx, text: text.int8.onnx, precision: int8, batch: 8}
  - {name: go, preprocess: go_image}
`

// TestEvalKilled kills a run at random moments and starts the same command again each time. In the end its scores equal those of an undisturbed run.
// FASTCLIP_KILLS sets the number of kills (4), FASTCLIP_KILL_SUITE another suite, such as default.
func TestEvalKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no killed runs")
	}
	testenv.Library(t, "onnxruntime")
	testenv.Library(t, "jpeg")
	dir, kills, suite := t.TempDir(), 4, os.Getenv("FASTCLIP_KILL_SUITE")
	if n := os.Getenv("FASTCLIP_KILLS"); n != "" {
		var err error
		kills, err = strconv.Atoi(n)
		require.NoError(t, err)
	}
	if suite == "" {
		suite = filepath.Join(dir, "kill.yaml")
		require.NoError(t, os.WriteFile(suite, []byte(killSuite), 0o644))
	}
	k := &killer{t: t, suite: suite}
	calm := filepath.Join(dir, "calm")
	_, took := k.start(calm, 0)
	want := k.scores(calm)
	require.NotEmpty(t, want)

	done, finished := 0, 0
	var moments []string
	for done < kills {
		out := filepath.Join(dir, strconv.Itoa(finished))
		for done < kills {
			// Later attempts find finished work, so they are shorter. A run that ends before it is killed is checked like any other, and another run is
			// started.
			at := time.Duration(rand.Int64N(int64(took))) + time.Millisecond
			killed, after := k.start(out, at)
			if !killed {
				break
			}
			done++
			moments = append(moments, after.Round(time.Millisecond).String())
		}
		k.start(out, 0)
		assert.Equal(t, want, k.scores(out))
		finished++
	}
	t.Logf("%s: %s undisturbed; killed %d times in %d runs, after %v; all %d score rows are equal", suite, took.Round(time.Millisecond), done, finished, moments, len(want))
}

type killer struct {
	t     *testing.T
	suite string
}

// start runs the program, kills it after some time unless that is 0, and says how it ended.
func (k *killer) start(out string, after time.Duration) (killed bool, took time.Duration) {
	k.t.Helper()
	self, err := os.Executable()
	require.NoError(k.t, err)
	var stderr bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: []string{"fastclip", "eval", k.suite, "--out", filepath.Join(out, "run"), "--cache", filepath.Join(out, "cache")}, Stderr: &stderr}
	began := time.Now()
	require.NoError(k.t, cmd.Start())
	if after > 0 {
		// a process that has ended cannot be killed; Wait says how it ended
		timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
		defer timer.Stop()
	}
	if err = cmd.Wait(); err == nil {
		return false, time.Since(began)
	}
	require.Equal(k.t, "signal: killed", err.Error(), stderr.String())
	require.Positive(k.t, after, "nobody has killed it: %s", stderr.String())
	return true, time.Since(began)
}

func (k *killer) scores(out string) []store.Score {
	k.t.Helper()
	res, err := store.LoadRun(filepath.Join(out, "run"))
	require.NoError(k.t, err)
	for i := range res.Scores {
		res.Scores[i].RunID = ""
	}
	return res.Scores
}
