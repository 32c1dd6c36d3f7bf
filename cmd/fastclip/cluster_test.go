package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
)

const clusterSuite = `name: cluster
skip: [timing, proof]
resamples: 100
datasets:
  - {name: double, scenes: {objects: 2, count: 160, seed: 2}}
variants:
  - {name: ref}
  - {name: int8, image: image.int8.onnx, text: text.int8.onnx, precision: int8, batch: 8}
  - {name: go, preprocess: go_image}
`

// clustered is a built program that is also started on other machines. Its tests take minutes. ./task test-ray and ./task test-s3 set the program.
type clustered struct{ program, dir string }

func newClustered(t *testing.T) clustered {
	t.Helper()
	program := os.Getenv("FASTCLIP_CLUSTER_TESTS")
	if program == "" {
		t.Skip("FASTCLIP_CLUSTER_TESTS names no program: ./task test-ray, ./task test-s3")
	}
	program, err := filepath.Abs(filepath.Join(testenv.Root(t), program))
	require.NoError(t, err)
	c := clustered{program, t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "s.yaml"), []byte(clusterSuite), 0o644))
	t.Setenv("FASTCLIP_CACHE", filepath.Join(c.dir, "cache"))
	return c
}

func (c clustered) eval(t *testing.T, out string, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(c.program, append([]string{"eval", filepath.Join(c.dir, "s.yaml"), "--out", filepath.Join(c.dir, out)}, args...)...)
	cmd.Dir, cmd.Stderr = testenv.Root(t), &said
	require.NoError(t, cmd.Run(), "%v: %s", args, &said)
	return said.String()
}

// equal compares the tables and embeddings of two runs.
func (c clustered) equal(t *testing.T, a, b string) {
	t.Helper()
	load := func(name string) *store.Results {
		res, err := store.LoadRun(filepath.Join(c.dir, name))
		require.NoError(t, err)
		for i := range res.Scores {
			res.Scores[i].RunID = ""
		}
		for i := range res.Drift {
			res.Drift[i].RunID = ""
		}
		for i := range res.Queries {
			res.Queries[i].RunID = ""
		}
		return res
	}
	x, y := load(a), load(b)
	require.NotEmpty(t, x.Scores)
	assert.Equal(t, x.Scores, y.Scores)
	assert.Equal(t, x.Drift, y.Drift)
	assert.Equal(t, x.Queries, y.Queries)
	files, err := filepath.Glob(filepath.Join(c.dir, a, "embeddings", "*", "*.parquet"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		rel, err := filepath.Rel(filepath.Join(c.dir, a), file)
		require.NoError(t, err)
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(c.dir, b, rel))
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got), rel)
	}
}

// TestS3: a run through a bucket, and in slices, equals a run in one process.
func TestS3(t *testing.T) {
	c := newClustered(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	server := exec.Command(testenv.UV(t), "run", "-q", "--with", "moto[server]==5.2.5", "moto_server", "-H", "127.0.0.1", "-p", port)
	end(t, server)
	require.NoError(t, server.Start())
	address := "http://127.0.0.1:" + port
	require.Eventually(t, func() bool {
		req, err := http.NewRequest(http.MethodPut, address+"/bucket", nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
	}, 3*time.Minute, 200*time.Millisecond)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	c.eval(t, "plain")
	said := c.eval(t, "planned", "--store", "s3://bucket/runs", "--task-items", "32", "--dry-run")
	_, plan, _ := strings.Cut(said, "plan ")
	plan, _, _ = strings.Cut(plan, ":")
	for _, slice := range []string{"1/4", "2/4", "3/4", "4/4"} {
		cmd := exec.Command(c.program, "work", "--store", "s3://bucket/runs", "--plan", plan, "--slice", slice)
		cmd.Dir = testenv.Root(t)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	assert.Regexp(t, `\b(\d+) of (\d+) tasks are done already`, c.eval(t, "shared", "--store", "s3://bucket/runs", "--task-items", "32"))
	c.equal(t, "plain", "shared")
}

// TestRay: one of two nodes is killed midway, a third does not match the plan, and somebody else does one of the tasks as well. The run still equals a run in
// one process.
func TestRay(t *testing.T) {
	c := newClustered(t)
	in, addresses := c.ray(t)
	address := addresses[0]
	c.eval(t, "plain")
	folder := filepath.Join(c.dir, "store")
	go func() { // when a task is done
		for {
			if done, _ := filepath.Glob(filepath.Join(folder, "plans", "*", "done", "*.json")); len(done) > 0 {
				_, _ = io.WriteString(in, "kill\n")
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	duplicate := make(chan string)
	go func() { duplicate <- c.duplicate(folder, "g0-s0-images-00004") }()
	said := c.eval(t, "shared", "--store", folder, "--task-items", "32", "--on", "ray="+address)
	t.Log(said)
	assert.Contains(t, <-duplicate, "tasks: 1 of 1 done", "nobody had done it when it was begun")
	c.equal(t, "plain", "shared")
	require.NoError(t, in.Close())
}

// TestRayAddresses: a run equals a run in one process whichever form the cluster's address has.
func TestRayAddresses(t *testing.T) {
	c := newClustered(t)
	in, addresses := c.ray(t, "servers")
	c.eval(t, "plain")
	require.Len(t, addresses, 3)
	for _, address := range addresses {
		form, _, _ := strings.Cut(address, ":")
		said := c.eval(t, form, "--store", filepath.Join(c.dir, form+"-store"), "--task-items", "96", "--on", "ray="+address)
		assert.Contains(t, said, "0 of 4 tasks are done already", address)
		c.equal(t, "plain", form)
	}
	require.NoError(t, in.Close())
}

// ray starts a cluster, and returns its stdin and its addresses.
func (c clustered) ray(t *testing.T, args ...string) (io.WriteCloser, []string) {
	t.Helper()
	script := filepath.Join(testenv.Root(t), "testdata", "oracles", "ray_cluster.py")
	nodes := exec.Command(testenv.UV(t), append([]string{"run", "-q", "--script", script}, args...)...)
	nodes.Dir, nodes.Stderr = testenv.Root(t), os.Stderr
	in, err := nodes.StdinPipe()
	require.NoError(t, err)
	out, err := nodes.StdoutPipe()
	require.NoError(t, err)
	end(t, nodes)
	require.NoError(t, nodes.Start())
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		if found, ok := strings.CutPrefix(line, "ready "); ok {
			return in, strings.Fields(found)
		}
	}
}

// duplicate does a task as soon as it is planned, and returns its output.
func (c clustered) duplicate(folder, task string) string {
	for {
		plans, _ := filepath.Glob(filepath.Join(folder, "plans", "*", "plan.json"))
		if len(plans) == 0 {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		out, err := exec.Command(c.program, "work", "--store", folder, "--plan", filepath.Base(filepath.Dir(plans[0])), "--task", task).CombinedOutput()
		if err != nil {
			return err.Error() + string(out)
		}
		return string(out)
	}
}

// TestSlurm: a job array on a Slurm cluster that consists of this machine gives the run of one process.
func TestSlurm(t *testing.T) {
	c := newClustered(t)
	if _, err := exec.LookPath("sbatch"); err != nil {
		t.Skip("no sbatch on this machine")
	}
	c.eval(t, "plain")
	said := c.eval(t, "shared", "--store", filepath.Join(c.dir, "store"), "--task-items", "64", "--on", "slurm", "--slices", "3")
	assert.Contains(t, said, "Submitted batch job")
	t.Log(said)
	c.equal(t, "plain", "shared")
}

// end stops a process that a test started.
func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
	})
}
