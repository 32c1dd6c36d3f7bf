package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/internal/store"
)

// make writes the model. derive's tools make the chosen pair's towers, and the files that describe the
// inputs are added.
func (p *planner) make(ctx context.Context) error {
	c := p.combos[p.chosen]
	keep := map[string][]string{}
	p.out.Schemes = map[string]string{}
	for a, t := range p.towers {
		m := c.mixes[a]
		if p.out.Schemes[t.name] = ""; m.scheme == nil {
			continue
		}
		p.out.Schemes[t.name] = m.scheme.name
		for i, x := range t.products {
			if m.scheme.takes[i] && m.keep[i] {
				keep[t.name] = append(keep[t.name], x.Tensor)
			}
		}
	}
	data, err := json.Marshal(keep)
	if err != nil {
		return err
	}
	list, made := filepath.Join(p.work, "keep.json"), filepath.Join(p.work, "made")
	if err := os.WriteFile(list, data, 0o644); err != nil {
		return err
	}
	for _, dir := range []string{made, p.cfg.Out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	p.progress.Phase("making "+p.cfg.Out+" with derive's tools", 1)
	p.hashes = map[string]string{}
	for a, t := range p.towers {
		file := filepath.Join(p.work, t.name+".onnx")
		if s := c.mixes[a].scheme; s != nil {
			job := DeriveJob{Folder: p.work, Out: made, Kinds: []string{s.name}, Operators: operators, Towers: []string{t.name}, Keep: list, Samples: p.work}
			if err := p.cfg.Derive(ctx, job); err != nil {
				return err
			}
			file = filepath.Join(made, t.name+"."+s.name+".onnx")
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if s := c.mixes[a].scheme; s != nil && s.name == schemeSmooth {
			if data, err = blocks.Folded(data); err != nil {
				return err
			}
		}
		sum := sha256.Sum256(data)
		p.hashes[t.name+".onnx"] = hex.EncodeToString(sum[:])
		if err := store.WriteFile(filepath.Join(p.cfg.Out, t.name+".onnx"), data); err != nil {
			return err
		}
	}
	p.out.Out = p.cfg.Out
	return p.copySides()
}

// copySides copies the files next to the towers that describe how inputs are made.
func (p *planner) copySides() error {
	m, err := p.cfg.Env.Model(p.cfg.Model)
	if err != nil {
		return err
	}
	files, err := m.Files()
	if err != nil {
		return err
	}
	for _, name := range files {
		switch filepath.Ext(name) {
		case ".json", ".txt", ".model":
		default:
			continue
		}
		if name == "card.json" {
			continue
		}
		data, _, err := m.Read(name)
		if err != nil {
			return err
		}
		if err := store.WriteFile(filepath.Join(p.cfg.Out, name), data); err != nil {
			return err
		}
	}
	return nil
}

// precision is the variant's precision in a suite: the lower one of its two towers.
func (p *planner) precision() string {
	out := "fp32"
	for _, m := range p.combos[p.chosen].mixes {
		switch {
		case m.scheme == nil:
		case m.scheme.name != schemeFP16:
			return "int8"
		default:
			out = schemeFP16
		}
	}
	return out
}

// card describes how the model was made. It adds the plan to what the model's own card says about its
// source.
func (p *planner) card(context.Context) error {
	card := map[string]any{}
	if m, err := p.cfg.Env.Model(p.cfg.Model); err == nil {
		if data, _, err := m.Read("card.json"); err == nil {
			var own map[string]any
			if json.Unmarshal(data, &own) == nil {
				for _, key := range []string{"source", "licence", "license", "not_for"} {
					if v, ok := own[key]; ok {
						card[key] = v
					}
				}
			}
		}
	}
	made := p.out.Made()
	in := func(tower string) string {
		if s := p.out.Schemes[tower]; s != "" {
			return s
		}
		return "the original's precision"
	}
	card["name"] = strings.TrimSuffix(filepath.Base(p.cfg.Out), "/")
	card["description"] = fmt.Sprintf("%s in %s (images) and %s (texts), %d of %d products kept in the original's precision: made by fastclip models plan for the budget %s.",
		p.cfg.Model, in(store.TowerImage), in(store.TowerText), made.Count, made.Of, p.out.Budget)
	card["sha256"], card["plan"] = p.hashes, p.out
	data, err := json.MarshalIndent(card, "", "  ")
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(p.cfg.Out, "card.json"), append(data, '\n'))
}
