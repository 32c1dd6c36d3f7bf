// Package tasks cuts a run into pieces that any machine can do. A store holds the pieces, and which of them are
// done.
package tasks

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/blobstore"
)

// Plan is everything that a worker needs to know about a run.
type Plan struct {
	Format int
	Suite  *suite.Suite
	Random string   `json:",omitempty"` // seed of random weights, which the names of the suite's models include already
	Place  Place    // place for every piece of work
	Keys   []string // keys of the cache: what results depend on besides their inputs
	Embeds []Embeds // everything that embeds, including swaps and noise floors, in order
	Sets   []Set
	Fresh  string `json:",omitempty"` // a mark; results of other plans are not used
	Mixed  bool   `json:",omitempty"` // pieces may be done on other machines
	Tasks  []Task

	Crashed []Crashed `json:",omitempty"` // variants that ended the planner's own process; no process opens them

	SHA string `json:"-"`
}

// format is the version of the plan format. A program reads only its own.
const format = 1

// Embeds is a variant, or a swap or noise floor, with the keys of its work.
type Embeds struct{ Variant, Image, Text string }

// Set is a dataset of the plan.
type Set struct {
	Name, SHA256  string
	Images, Texts int
	Strings       int // number of texts and of prompts of classes
}

// Kinds of tasks.
const (
	KindImages = "images"
	KindTexts  = "texts"
	KindScore  = "score"
	KindDrift  = "drift"
)

// Task is a piece of a run. It is pictures From to To of a dataset, or chunks of its texts, by some
// variants. Or it is queries of a direction, or texts that are compared with the reference's, against the whole
// gallery.
type Task struct {
	ID       string
	Kind     string
	Set      int // index among the plan's sets
	From, To int
	Variants []string
	Manifest string `json:",omitempty"` // object that lists the pictures; for a search, all items

	Direction string   `json:",omitempty"` // for a search
	Contents  []string `json:",omitempty"` // hashes of the items, and of the embeddings of texts and of pictures
	Reference []string `json:",omitempty"` // for a comparison: the same of the reference
}

// root is the folder of a plan's objects.
func root(sha string) string { return "plans/" + sha + "/" }

// Prefix is the beginning of the names of segments that a task or a part of one writes.
func (p *Plan) Prefix(t Task) string {
	return fmt.Sprintf("%s%s/%s/%d-%d", Only(p.Fresh), p.SHA, t.ID, t.From, t.To)
}

// Only is the prefix of the segments that a plan's workers and driver read. It covers all segments, and
// for a fresh run only its own.
func Only(fresh string) string {
	if fresh == "" {
		return ""
	}
	return "fresh-" + fresh + "/"
}

// First is the first item of the task to which the part t belongs.
func (p *Plan) First(t Task) int {
	whole, err := p.Task(t.ID)
	if err != nil {
		return t.From
	}
	return whole.From
}

// Put stores the plan and sets its hash. A stored plan with the same hash is the same plan.
func (p *Plan) Put(ctx context.Context, s blobstore.Store) error {
	p.Format = format
	data, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	sum := sha256.Sum256(data)
	p.SHA = hex.EncodeToString(sum[:])
	if err := blobstore.PutSealed(ctx, s, root(p.SHA)+"plan.json", data); err != nil && !errors.Is(err, blobstore.ErrExists) {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// minSHA is how much of a plan's hash is needed to identify it.
const minSHA = 8

// Load reads the plan whose hash begins with sha.
func Load(ctx context.Context, s blobstore.Store, sha string) (*Plan, error) {
	sha, err := find(ctx, s, sha)
	if err != nil {
		return nil, err
	}
	data, err := blobstore.GetSealed(ctx, s, root(sha)+"plan.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the store has no plan %s: make one with: fastclip eval SUITE --store URL --dry-run", sha)
	}
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("plan %s: %w: use the fastclip that made it", sha, err)
	}
	if p.Format != format {
		return nil, fmt.Errorf("plan %s is of format %d, this program's is %d: use the fastclip that made it", sha, p.Format, format)
	}
	p.SHA = sha
	return &p, nil
}

// find is the full hash of the one plan whose hash begins with sha.
func find(ctx context.Context, s blobstore.Store, sha string) (string, error) {
	if _, err := hex.DecodeString(sha + "0"[:len(sha)%2]); err != nil || len(sha) < minSHA || len(sha) > 2*sha256.Size {
		return "", fmt.Errorf("plan %q: want its SHA-256 in hex, or at least the first %d characters of it", sha, minSHA)
	}
	if len(sha) == 2*sha256.Size {
		return sha, nil
	}
	var found string
	for o, err := range s.List(ctx, "plans/"+sha) {
		if err != nil {
			return "", err
		}
		at := o.Name[len("plans/"):][:2*sha256.Size]
		if found != "" && at != found {
			return "", fmt.Errorf("plan %s: two plans begin with these characters: give more of them", sha)
		}
		found = at
	}
	if found == "" {
		return sha, nil // it does not exist, as its reader will say
	}
	return found, nil
}

// Task is a task by its id.
func (p *Plan) Task(id string) (Task, error) {
	for _, t := range p.Tasks {
		if t.ID == id {
			return t, nil
		}
	}
	return Task{}, fmt.Errorf("plan %.12s has no task %q: it has %s to %s", p.SHA, id, p.Tasks[0].ID, p.Tasks[len(p.Tasks)-1].ID)
}

// Slice has the tasks of part i of n, from 1. It takes every nth task, so that all parts have tasks of all
// kinds.
func (p *Plan) Slice(i, n int) (out []Task) {
	for at := i - 1; at < len(p.Tasks); at += n {
		out = append(out, p.Tasks[at])
	}
	return out
}
