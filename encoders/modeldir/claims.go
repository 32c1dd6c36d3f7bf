package modeldir

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Subjects of a Claim.
const (
	WhatActivation = "activation"
	WhatSize       = "pictures of %d pixels"
	WhatDim        = "embeddings of %d values"
	WhatContext    = "rows of %d ids"
)

// Claim is a file's statement about a tower's graph, which is compared with the graph.
type Claim struct {
	Tower  string // "image" or "text"
	What   string
	Number int
	Name   string // for an activation: "gelu", "quickgelu" or another
	File   string
}

// claim records a claim. 0 and "" are no claims.
func (r *reader) claim(tower, what string, number int, name, file string) {
	c := Claim{tower, what, number, name, file}
	if file == "" || number == 0 && name == "" || slices.Contains(r.out.Claims, c) {
		return
	}
	for _, other := range r.out.Claims {
		if other.Tower == tower && other.What == what && what == WhatActivation && other.Name != name {
			r.fault("%s says %s of the %s tower, %s says %s", other.File, other.Name, tower, file, name)
			return
		}
	}
	r.out.Claims = append(r.out.Claims, c)
}

// claims records what the configs say about the towers.
func (r *reader) claims(image, text bool) {
	m := r.openCLIP.Model
	if file := r.openCLIPFile; file != "" {
		act := "gelu" // open_clip's default
		if m.QuickGELU != nil && *m.QuickGELU {
			act = "quickgelu"
		}
		if image && (m.QuickGELU != nil || m.Vision.Timm == "" && m.Vision.Size != nil) {
			r.claim("image", WhatActivation, 0, act, file)
		}
		if text && (m.QuickGELU != nil || m.Text.Library == "" && m.Text.Vocab != 0) {
			r.claim("text", WhatActivation, 0, act, file)
		}
		if image {
			r.claim("image", WhatSize, square(m.Vision.Size), "", file)
			r.claim("image", WhatDim, m.Dim, "", file)
		}
	}
	if c := r.image; image && c.file != "" && c.VisionCfg == nil {
		own := c.of(c.Vision)
		r.claim("image", WhatActivation, 0, activation(own, c.Type), c.file)
		side := square(own.Size)
		if side == 0 && own.Size != nil && string(own.Size) != "null" {
			r.fault("%s: image_size is %.60s: want a number of pixels, or two that are the same", c.file, own.Size)
		}
		r.claim("image", WhatSize, side, "", c.file)
		r.claim("image", WhatDim, c.Projection, "", c.file)
	}
	if c := r.text; text && c.file != "" && c.VisionCfg == nil {
		r.claim("text", WhatActivation, 0, activation(c.of(c.Text), c.Type), c.file)
	}
}

// activation is the activation that a half names, in the word that graphs are described by.
func activation(h half, model string) string {
	switch said := h.Activation; said {
	case "quick_gelu":
		return "quickgelu"
	case "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python", "gelu_accurate":
		return "gelu"
	case "":
		if model == "clip" && h.said() {
			return "quickgelu" // CLIPConfig's default
		}
		return ""
	default:
		return said
	}
}

// square is the side as configs write it: 224 or [224, 224]. It is 0 for other forms.
func square(raw json.RawMessage) (n int) {
	var sides []int
	switch {
	case json.Unmarshal(raw, &n) == nil:
	case json.Unmarshal(raw, &sides) == nil && len(sides) == 2 && sides[0] == sides[1]:
		n = sides[0]
	}
	return n
}

// Graphs describes the towers. 0 and "" mean unknown.
type Graphs struct {
	Size, Dim, Context int
	Activation         map[string]string // by tower
	Pooled             bool              // the image tower's embedding is pooled from its tokens, before any projection
}

// Against lists contradictions between the files, and between files and graphs.
func (f *Folder) Against(g Graphs) []string {
	faults := slices.Clone(f.Faults)
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if p := f.Pictures; p != nil && g.Size > 0 && p.Size != g.Size {
		add("%s makes pictures of %d pixels, the image tower takes %d", f.From, p.Size, g.Size)
	}
	for _, c := range f.Claims {
		is := map[string]int{WhatContext: g.Context, WhatDim: g.Dim, WhatSize: g.Size}[c.What]
		switch act := g.Activation[c.Tower]; {
		case c.What == WhatActivation && act != "" && act != c.Name:
			add("%s says %s, but the %s tower's graph has %s", c.File, c.Name, c.Tower, act)
		case c.What == WhatDim && g.Pooled, c.What == WhatSize && f.Pictures != nil && c.File == f.From:
		case is > 1 && is != c.Number:
			add("%s says %s, but the %s tower has %s", c.File, fmt.Sprintf(c.What, c.Number), c.Tower, fmt.Sprintf(c.What, is))
		}
	}
	if f.PicturesErr != nil {
		add("its pictures cannot be prepared as its files say: %v", f.PicturesErr)
	}
	return faults
}

// Side is the side of the pictures that the model was made for, as its files say. It is 0 when they do
// not.
func (f *Folder) Side() int {
	if f.Pictures != nil {
		return f.Pictures.Size
	}
	for _, c := range f.Claims {
		if c.What == WhatSize {
			return c.Number
		}
	}
	return 0
}
