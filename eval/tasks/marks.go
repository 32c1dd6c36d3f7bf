package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/blobstore"
	"github.com/fastclip/fastclip/internal/cache"
)

// Done is what a finished task leaves behind.
type Done struct {
	Task     string            `json:"task"`
	Host     string            `json:"host"`
	Place    Place             `json:"place"`
	Items    int               `json:"items"` // items times variants
	Seconds  float64           `json:"seconds"`
	CPU      float64           `json:"cpu_seconds"`
	Segments []cache.Committed `json:"segments"`
	Failed   []Failed          `json:"failed,omitempty"`
	By       map[string]Spent  `json:"by_variant,omitempty"`
}

// Spent is what a variant took of a task: its share of the cores' time, in proportion to the time of its
// calls, and the time of its calls that ran on a GPU.
type Spent struct {
	Items int     `json:"items"`
	Core  float64 `json:"core_seconds,omitempty"`
	GPU   float64 `json:"gpu_seconds,omitempty"`
}

// Add adds what another task took.
func (s Spent) Add(o Spent) Spent { return Spent{s.Items + o.Items, s.Core + o.Core, s.GPU + o.GPU} }

// Failed is something that did not embed, with the reason and its place among the plan's Embeds.
type Failed struct {
	At             int
	Status, Reason string
}

// Crashed is a picture or a variant whose worker died.
type Crashed struct {
	Set     string `json:"dataset,omitempty"`
	Item    string `json:"item,omitempty"`
	Variant string `json:"variant,omitempty"`
	Reason  string `json:"reason"`
}

// Why is the reason in the form that the stage crash uses.
func (c Crashed) Why() string { return strings.TrimPrefix(c.Reason, "crash: ") }

// PutDone records that a task is done. Another worker may have done it, too.
func (p *Plan) PutDone(ctx context.Context, s blobstore.Store, d Done) error {
	return p.put(ctx, s, "done/"+d.Task, d)
}

// PutCrashed records a crash.
func (p *Plan) PutCrashed(ctx context.Context, s blobstore.Store, c Crashed) error {
	return p.put(ctx, s, "crashed/"+cache.Key(c.Set, c.Item, c.Variant)[:16], c)
}

// PutDiffers records, for the driver, that some work gave another result the second time.
func (p *Plan) PutDiffers(ctx context.Context, s blobstore.Store, what string) error {
	return p.put(ctx, s, "differs/"+cache.Key(what)[:16], what)
}

func (p *Plan) put(ctx context.Context, s blobstore.Store, name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := blobstore.PutSealed(ctx, s, root(p.SHA)+name+".json", data); err != nil && !errors.Is(err, blobstore.ErrExists) {
		return err
	}
	return nil
}

// DoneIDs are the ids of the tasks that are done.
func (p *Plan) DoneIDs(ctx context.Context, s blobstore.Store) (map[string]bool, error) {
	out := map[string]bool{}
	for o, err := range s.List(ctx, root(p.SHA)+"done/") {
		if err != nil {
			return nil, err
		}
		base := path.Base(o.Name)
		out[base[:len(base)-len(".json")]] = true
	}
	return out, nil
}

// Done is what the task with the given id left.
func (p *Plan) Done(ctx context.Context, s blobstore.Store, id string) (Done, error) {
	found, err := all[Done](ctx, s, root(p.SHA)+"done/"+id+".json")
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("task %s is not done", id)
	}
	if err != nil {
		return Done{}, err
	}
	return found[0], nil
}

// Results are what the plan's workers have left so far.
type Results struct {
	Done    []Done
	Crashed []Crashed
	Differs []string
}

// Whole is an error unless all tasks of a plan are done, and each with a single result.
func (r Results) Whole(p *Plan) error {
	if len(r.Differs) > 0 {
		return fmt.Errorf("%w: %s", cache.ErrDiffers, strings.Join(r.Differs, "; "))
	}
	if n := len(p.Tasks) - len(r.Done); n > 0 {
		return fmt.Errorf("%d of %d tasks are not done: run the same command again to do the rest", n, len(p.Tasks))
	}
	return nil
}

// Read reads all results.
func (p *Plan) Read(ctx context.Context, s blobstore.Store) (out Results, err error) {
	if out.Done, err = all[Done](ctx, s, root(p.SHA)+"done/"); err != nil {
		return out, err
	}
	if out.Crashed, err = p.Crashes(ctx, s); err != nil {
		return out, err
	}
	out.Differs, err = all[string](ctx, s, root(p.SHA)+"differs/")
	return out, err
}

// Crashes are the pictures and variants whose workers died.
func (p *Plan) Crashes(ctx context.Context, s blobstore.Store) ([]Crashed, error) {
	return all[Crashed](ctx, s, root(p.SHA)+"crashed/")
}

func all[T any](ctx context.Context, s blobstore.Store, prefix string) (out []T, err error) {
	for o, err := range s.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		data, err := blobstore.GetSealed(ctx, s, o.Name)
		if err != nil {
			return nil, err
		}
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return nil, fmt.Errorf("%s in the store: %w: delete it", o.Name, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// FailedOf lists those of a plan's Embeds that failed, with what happened to them.
func FailedOf(all []*variants.Variant) (out []Failed) {
	for i, v := range all {
		if !v.OK() {
			out = append(out, Failed{i, v.Status, v.Reason})
		}
	}
	return out
}
