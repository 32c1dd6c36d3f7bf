package modelcheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"

	"github.com/fastclip/fastclip/encoders"
)

const cardFile = "card.json"

// card is the part of card.json that is read. Other keys are for people.
type card struct {
	What   string            `json:"what"`
	SHA256 map[string]string `json:"sha256"`
	Claims claims            `json:"claims"`
}

// claims are what a card may promise. Claims that are left out are not checked.
type claims struct {
	Dim         int                `json:"dim"`
	ImageSize   int                `json:"image_size"`
	Opset       int64              `json:"opset"`
	Activation  string             `json:"activation"` // "quickgelu" or "gelu"
	Causal      *bool              `json:"causal"`
	Pooling     string             `json:"pooling"` // "first eot"
	Normalised  *bool              `json:"normalised"`
	AnyBatch    *bool              `json:"dynamic_batch"`
	AnyLength   *bool              `json:"dynamic_length"`
	Parameters  map[string]int64   `json:"parameters"`     // by file
	BatchMaxAbs map[string]float64 `json:"batch_max_abs"`  // by image tower: an item alone against the item in a batch
	HugeFinite  *bool              `json:"finite_on_huge"` // whether pixels of 1e4 give finite numbers
}

func readCard(model *encoders.Model, files []string) (card, error) {
	var c card
	if !slices.Contains(files, cardFile) {
		return c, nil
	}
	data, _, err := model.Read(cardFile)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("%s: %w", cardFile, err)
	}
	return c, nil
}

// sums compares the files' hashes with the card's. A file that is named in the card but missing is a note,
// and an ONNX file a failure.
func (r *Report) sums(model *encoders.Model, c card, files []string) {
	var names []string
	for name := range c.SHA256 {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		want := c.SHA256[name]
		if !slices.Contains(files, name) {
			r.add(name, "sha256", "no such file here", short(want), Note)
			continue
		}
		got, err := model.Sum(name)
		if err != nil {
			r.add(name, "sha256", err.Error(), short(want), Fail)
			continue
		}
		r.add(name, "sha256", short(got), short(want), verdict(got == want))
	}
}

func short(sum string) string { return sum[:min(12, len(sum))] }

// About is one line from a model's card that says what the model is, or "no card".
func About(model *encoders.Model, files []string) string {
	c, err := readCard(model, files)
	switch {
	case err != nil:
		return err.Error()
	case c.What == "":
		return "no card"
	}
	return c.What
}
