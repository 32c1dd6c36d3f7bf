package modeldir

import (
	"encoding/json"
	"slices"
)

// What a Claim may be of.
const (
	WhatActivation = "activation"
	WhatSize       = "pictures of pixels"
	WhatDim        = "embeddings of values"
	WhatContext    = "rows of ids"
)

// Claim is what a file says of a tower's graph, which is held against it.
type Claim struct {
	Tower  string // "image" or "text"
	What   string
	Number int
	Name   string // of an activation: "gelu", "quickgelu" or another
	File   string
}

// claim takes note; 0 and "" say nothing.
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

// claims are what the configs say of the towers.
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
		r.claim("image", WhatSize, square(own.Size), "", c.file)
		r.claim("image", WhatDim, c.Projection, "", c.file)
	}
	if c := r.text; text && c.file != "" && c.VisionCfg == nil {
		r.claim("text", WhatActivation, 0, activation(c.of(c.Text), c.Type), c.file)
	}
}

// activation is what a half says, in a word that graphs are told apart by.
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

// square is a side as configs have it: 224 or [224, 224]; 0 of others.
func square(raw json.RawMessage) (n int) {
	var sides []int
	switch {
	case json.Unmarshal(raw, &n) == nil:
	case json.Unmarshal(raw, &sides) == nil && len(sides) == 2 && sides[0] == sides[1]:
		n = sides[0]
	}
	return n
}
