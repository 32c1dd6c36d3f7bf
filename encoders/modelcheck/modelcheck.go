// Package modelcheck inspects a model folder: what its ONNX files say about themselves, how they behave when they
// run, and whether both match the claims in the folder's card.json.
package modelcheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/machine"
)

// Results of a check.
const (
	OK   = "ok"   // as it must be, or as the card claims
	Fail = "FAIL" // not as the card claims, or unusable
	Note = "-"    // an observation that no claim contradicts
)

// Check is one thing that was checked.
type Check struct {
	File    string // a file of the folder, or a pair "image.onnx + text.onnx"
	What    string
	Found   string
	Claimed string // claim of the card; "" when it has none
	Result  string // OK, Fail or Note
}

// Report is all checks of a folder.
type Report struct {
	Model  string
	Checks []Check

	kinds map[string]map[string]int64 // parameters by data type, by file
}

// Failed is the number of checks that failed.
func (r Report) Failed() int {
	n := 0
	for _, c := range r.Checks {
		if c.Result == Fail {
			n++
		}
	}
	return n
}

func (r *Report) add(file, what, found, claimed, result string) {
	r.Checks = append(r.Checks, Check{file, what, found, claimed, result})
}

// claim adds a check against the card. An equal value is ok, and a missing claim is a note.
func (r *Report) claim(file, what, found, claimed string) {
	result := Note
	if claimed != "" {
		result = verdict(found == claimed)
	}
	r.add(file, what, found, claimed, result)
}

func verdict(ok bool) string {
	if ok {
		return OK
	}
	return Fail
}

// Pair is the files of two towers that belong together.
type Pair struct{ Image, Text string }

func (p Pair) String() string {
	if p.Text == "" || p.Text == p.Image {
		return p.Image
	}
	return p.Image + " + " + p.Text
}

// Run checks a model, which is the name of a built-in one or a folder. It checks the given pairs of towers or,
// without any, image.onnx with text.onnx and image.X.onnx with text.X.onnx. An error means that there was nothing
// to check; checks that fail are in the report.
func Run(ctx context.Context, name string, env encoders.Env, pairs ...Pair) (Report, error) {
	model, err := env.Model(name)
	if err != nil {
		return Report{}, err
	}
	files, err := model.Files()
	if err != nil {
		return Report{}, err
	}
	if len(pairs) == 0 {
		pairs = towers(files)
	}
	if len(pairs) == 0 {
		pairs = layout(model)
	}
	if len(pairs) == 0 {
		return Report{}, fmt.Errorf("model %s has no image.onnx with a text.onnx (it has %s): name them with --image and --text", name, strings.Join(files, ", "))
	}
	r := &Report{Model: model.Name, kinds: map[string]map[string]int64{}}
	card, err := readCard(model, files)
	if err != nil {
		r.add(cardFile, "readable", err.Error(), "", Fail)
	}
	r.sums(model, card, files)
	for _, p := range pairs {
		r.graph(model, card, p.Image, imageTower)
		if p.Text != "" && p.Text != p.Image {
			r.graph(model, card, p.Text, textTower)
		}
		r.folder(model, p)
		if err := r.probe(ctx, name, card, p, env); errors.Is(err, machine.ErrUnavailable) || ctx.Err() != nil {
			return *r, err
		} else if err != nil {
			r.add(p.String(), "runs", err.Error(), "", Fail)
		}
	}
	return *r, nil
}

// layout finds the towers, in every precision, of a folder with other names.
func layout(model *encoders.Model) (pairs []Pair) {
	for _, precision := range encoders.Precisions() {
		image, text, err := model.Towers(precision)
		if p := (Pair{image, text}); err == nil && !slices.Contains(pairs, p) {
			if model.Has(image) {
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}

func towers(files []string) []Pair {
	var out []Pair
	for _, f := range files {
		rest, ok := strings.CutPrefix(f, "image.")
		if !ok || !strings.HasSuffix(f, "onnx") {
			continue
		}
		for _, other := range files {
			if other == "text."+rest {
				out = append(out, Pair{f, other})
			}
		}
	}
	return out
}
