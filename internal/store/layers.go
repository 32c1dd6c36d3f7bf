package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Layers tells where the towers of a variant part from the reference's, block by block. It is not part of the run
// itself: fastclip explain --layers adds it to the folder later.
type Layers struct {
	RunID     string       `json:"run_id"`
	Variant   string       `json:"variant"`
	Reference string       `json:"reference"`
	Items     []LayerItem  `json:"items"`
	Towers    []LayerTower `json:"towers"`
}

// LayerItem is a picture or a text that both towers were run on.
type LayerItem struct {
	Dataset  string `json:"dataset"`
	Modality string `json:"modality"`
	ID       string `json:"id"`
	Pick     string `json:"pick"` // worst or middle of the run's drift; first when the variant has no embeddings
}

// LayerTower is one tower. Refused says why it was not compared. Jump is nil if drift jumps nowhere.
type LayerTower struct {
	Tower     string       `json:"tower"`
	Refused   string       `json:"refused,omitempty"`
	Matched   LayerMatches `json:"matched"`
	Drift     LayerNumber  `json:"drift"` // of the embedding: mean |a-b| as a share of mean |b|
	Precision string       `json:"precision"`
	Blocks    []LayerBlock `json:"blocks"`
	Jump      *LayerJump   `json:"jump"`
}

// LayerMatches counts the reference's tensors that were found in the variant, by the way in which they were found.
type LayerMatches struct {
	Name         int `json:"by_name"`
	Initialisers int `json:"by_initialisers"`
	Place        int `json:"by_place"`
	Of           int `json:"of"`
}

// LayerBlock is a block. Drift and Own are shares of the size of the tensor after it.
type LayerBlock struct {
	Block      string      `json:"block"`
	Operator   string      `json:"operator,omitempty"` // if it is the only one with weights
	Precision  string      `json:"precision"`
	Drift      LayerNumber `json:"drift"`       // in the whole variant
	DriftShare LayerNumber `json:"drift_share"` // Drift as a share of the tower's
	Own        LayerNumber `json:"own"`         // given the reference's input
	OwnShare   LayerNumber `json:"own_share"`   // share of the embedding's drift when only this block is the variant's
	Evidence   string      `json:"evidence,omitempty"`
}

// LayerJump is the first block at which drift jumps.
type LayerJump struct {
	Block    string      `json:"block"`
	Operator string      `json:"operator,omitempty"`
	OwnShare LayerNumber `json:"own_share"`
	Looks    string      `json:"looks_like"`
	Why      string      `json:"why,omitempty"`
	Others   []string    `json:"further_blocks,omitempty"`
}

// layersPath is the file of a variant's layers.
func (f *Folder) layersPath(variant string) (string, error) {
	if slices.ContainsFunc(strings.Split(variant, "/"), unsafePart) {
		return "", fmt.Errorf("layers: variant %q cannot name a folder: leave out empty parts, leading dots and backslashes", variant)
	}
	return f.Path("layers/" + variant + ".json"), nil
}

// WriteLayers adds a variant's layers to a finished run.
func (f *Folder) WriteLayers(l Layers) error {
	path, err := f.layersPath(l.Variant)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("layers: %w", err)
	}
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("layers: %w", err)
	}
	return WriteFile(path, append(data, '\n'))
}

// ReadLayers reads what WriteLayers stored; nil if nothing is stored for this run.
func (f *Folder) ReadLayers(variant, run string) (*Layers, error) {
	path, err := f.layersPath(variant)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	var l Layers
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w: remove the file: explain --layers makes it again", path, err)
	}
	if l.RunID != run || l.Variant != variant {
		return nil, nil
	}
	return &l, nil
}

// LayerNumber is a number that may be infinite. In JSON that is null.
type LayerNumber float64

// MarshalJSON writes infinities and NaN as null.
func (n LayerNumber) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as infinite.
func (n *LayerNumber) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = LayerNumber(math.Inf(1))
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}
