package pool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/cache"
)

const childVariable = "FASTCLIP_TEST_CHILD"

// TestMain is a child too: one that dies of pictures and variants.
func TestMain(m *testing.M) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	fmt.Println("a library that prints")
	err := NewSpeaker(os.Stdout).Serve(context.Background(), os.Stdin, func(_ context.Context, t tasks.Task, _ bool) (tasks.Done, error) {
		mortal(dir, t)
		if t.ID == "other bytes" {
			return tasks.Done{}, fmt.Errorf("here: %w", cache.ErrDiffers)
		}
		return tasks.Done{Task: t.ID, Items: (t.To - t.From) * len(t.Variants), Host: fmt.Sprint(t.From, "-", t.To)}, nil
	})
	if err != nil {
		os.Exit(1)
	}
}

// mortal ends the process at picture 37, unless that is left out, and at the variant "aborts"; it hangs at "hangs".
func mortal(dir string, t tasks.Task) {
	_, err := os.Stat(filepath.Join(dir, "37"))
	if t.Kind == tasks.KindImages && t.From <= 37 && 37 < t.To && errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "SIGSEGV: segmentation violation\nmore of it")
		os.Exit(139)
	}
	if slices.Contains(t.Variants, "aborts") {
		fmt.Fprintln(os.Stderr, "terminate called after throwing")
		os.Exit(134)
	}
	if slices.Contains(t.Variants, "hangs") {
		time.Sleep(time.Minute)
	}
	if _, err := os.Stat(filepath.Join(dir, "once")); t.ID == "once" && errors.Is(err, os.ErrNotExist) {
		_ = os.WriteFile(filepath.Join(dir, "once"), nil, 0o644)
		os.Exit(137)
	}
}

// crowd is a pool of such children, and what became of its tasks.
type crowd struct {
	Pool
	mu      sync.Mutex
	crashed []tasks.Crashed
	done    []tasks.Done
}

func newCrowd(t *testing.T, children int) *crowd {
	dir := t.TempDir()
	c := &crowd{}
	c.Pool = Pool{
		Children: children, Patience: 5 * time.Minute, Unit: map[string]int{tasks.KindImages: 8, tasks.KindTexts: 1}, Stderr: io.Discard,
		Command: func(context.Context) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+dir)
			return cmd
		},
		Name: func(_ context.Context, _ tasks.Task, at int) (string, string, error) {
			if at < 0 || at >= 64 {
				return "", "", errors.New("none")
			}
			return "set", fmt.Sprint(at), nil
		},
		Crashed: func(x tasks.Crashed) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.crashed = append(c.crashed, x)
			return os.WriteFile(filepath.Join(dir, x.Item+x.Variant), nil, 0o644)
		},
		Finished: func(d tasks.Done) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.done = append(c.done, d)
			return nil
		},
	}
	return c
}

func images(id string, from, to int, names ...string) tasks.Task {
	return tasks.Task{ID: id, Kind: tasks.KindImages, From: from, To: to, Variants: names}
}

// TestPoolConcurrently: a picture that ends its process is found and left out, all else is done; so it is with
// a child that dies once.
func TestPoolConcurrently(t *testing.T) {
	c := newCrowd(t, 3)
	var all []tasks.Task
	for i := range 4 {
		all = append(all, images(fmt.Sprint(i), 16*i, 16*i+16, "a", "b"))
	}
	require.NoError(t, c.Run(t.Context(), append(all, images("once", 0, 8, "a"))))
	items := 0
	for _, d := range c.done {
		items += d.Items
	}
	assert.Equal(t, 64*2+8, items)
	require.Len(t, c.crashed, 1)
	assert.Equal(t, []string{"set", "37", ""}, []string{c.crashed[0].Set, c.crashed[0].Item, c.crashed[0].Variant})
	assert.Contains(t, c.crashed[0].Reason, "exit status 139): SIGSEGV: segmentation violation")
}

// TestPoolVariant: a model that aborts wherever it is asked is found, and the others are done.
func TestPoolVariant(t *testing.T) {
	c := newCrowd(t, 1)
	require.NoError(t, c.Run(t.Context(), []tasks.Task{images("x", 0, 16, "a", "aborts", "b"), images("y", 16, 24, "aborts"), {ID: "z", Kind: tasks.KindTexts, To: 2, Variants: []string{"a", "aborts"}}}))
	require.Len(t, c.crashed, 1)
	assert.Equal(t, "aborts", c.crashed[0].Variant)
	assert.Contains(t, c.crashed[0].Reason, "terminate called")
	assert.Len(t, c.done, 3)
}

// TestPoolHangs: a child that is silent for too long counts as dead.
func TestPoolHangs(t *testing.T) {
	c := newCrowd(t, 1)
	c.Patience = 200 * time.Millisecond
	w := &worker{Pool: &c.Pool}
	_, err := w.tries(t.Context(), Order{Task: images("x", 0, 8, "hangs")}, 1)
	assert.True(t, isDead(err))
	assert.ErrorContains(t, err, "it made no progress for 200ms and was ended")
}

func TestPoolFails(t *testing.T) {
	c := newCrowd(t, 2)
	err := c.Run(t.Context(), []tasks.Task{images("other bytes", 0, 8, "a")})
	require.ErrorIs(t, err, cache.ErrDiffers)
	assert.Empty(t, c.done)
	c.Command = func(context.Context) *exec.Cmd { return exec.Command("/no/such/program") }
	assert.ErrorContains(t, c.Run(t.Context(), []tasks.Task{images("x", 0, 8, "a")}), "worker: ")
}

func TestLastLine(t *testing.T) {
	var out strings.Builder
	l := &lastLine{to: &out}
	fmt.Fprint(l, "one\ntw")
	fmt.Fprint(l, "o\n\n")
	assert.Equal(t, "two", l.text())
	fmt.Fprint(l, "fatal error: concurrent map writes\n\ngoroutine 1\n")
	assert.Equal(t, "fatal error: concurrent map writes", l.text())
	fmt.Fprint(l, "goroutine 2\n")
	assert.NotContains(t, out.String(), "goroutine 2")
}
