package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/store"
)

// make writes the model: the chosen step's towers by derive's tools, the files that say how inputs are made,
// and the card. Its last step is the folder itself, opened as a variant is and judged.
func (p *planner) make(ctx context.Context) error {
	p.pickJudged()
	s := p.out.steps[p.out.chosen]
	keep := map[string][]string{}
	var kinds []string
	for a, t := range p.towers {
		for i, x := range t.products {
			if t.best.takes[i] && s.keep[a][i] {
				keep[t.name] = append(keep[t.name], x.Tensor)
			}
		}
		if !slices.Contains(kinds, t.best.name) {
			kinds = append(kinds, t.best.name)
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
	if err := p.cfg.Derive(ctx, p.work, made, kinds, operators, list, p.work); err != nil {
		return err
	}
	hashes := map[string]string{}
	for a, t := range p.towers {
		file := filepath.Join(made, t.name+"."+t.best.name+".onnx")
		if p.out.all(t, s.keep[a]) {
			file = filepath.Join(p.work, t.name+".onnx")
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		hashes[t.name+".onnx"] = hex.EncodeToString(sum[:])
		if err := store.WriteFile(filepath.Join(p.cfg.Out, t.name+".onnx"), data); err != nil {
			return err
		}
	}
	if err := p.copySides(); err != nil {
		return err
	}
	p.out.Out, p.out.Possible = p.cfg.Out, p.out.possible()
	if err := p.judgeMade(ctx); err != nil {
		return err
	}
	return p.card(hashes)
}

// all tells whether a tower keeps everything that it could give away.
func (r *Result) all(t *tower, keep []bool) bool {
	for i, takes := range t.best.takes {
		if takes && !keep[i] {
			return false
		}
	}
	return true
}

// pickJudged moves on to the next step where the chosen one, judged, is not within the budget.
func (p *planner) pickJudged() {
	const first = 2 // after the reference and int8
	for i := p.out.chosen; i < len(p.out.steps); i++ {
		if p.out.Steps[first+i].Met || i == len(p.out.steps)-1 {
			p.out.Steps[first+p.out.chosen].Chosen = false
			p.out.chosen = i
			p.out.Steps[first+i].Chosen = true
			return
		}
	}
}

// copySides copies the files beside the towers that say how inputs are made.
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

// judgeMade opens the folder as suites do, and judges it as the steps were.
func (p *planner) judgeMade(ctx context.Context) error {
	spec := encoders.Spec{Name: "made", Model: p.cfg.Out, Precision: p.precision()}.WithDefaults()
	v := p.opener.Open(ctx, spec, 0)
	if !v.OK() {
		return fmt.Errorf("the model that was made cannot be opened: %s", v.Reason)
	}
	if v.Tok.Key() != p.ref.Tok.Key() || v.Info.ImageSize != p.ref.Info.ImageSize {
		return fmt.Errorf("%s takes other inputs than %s: copy the model's tokenizer and preprocessing files into it", p.cfg.Out, p.cfg.Model)
	}
	px := encoders.Pixels{N: p.judge.pictures, Size: p.ref.Info.ImageSize, Data: p.judge.pixels}
	images, err := v.Enc.EncodeImages(ctx, px)
	if err != nil {
		return err
	}
	texts, err := v.Enc.EncodeTexts(ctx, p.judge.tokens)
	if err != nil {
		return err
	}
	refImages, err := p.ref.Enc.EncodeImages(ctx, px)
	if err != nil {
		return err
	}
	refTexts, err := p.ref.Enc.EncodeTexts(ctx, p.judge.tokens)
	if err != nil {
		return err
	}
	row := p.out.Steps[2+p.out.chosen]
	row.Name, row.Bytes = "made", 0
	row.Figures = figuresOf(images, texts, refImages, refTexts)
	row.Met = p.cfg.Budget.met(row.Figures, p.out.Steps[1].Figures)
	for _, t := range p.towers {
		info, err := os.Stat(filepath.Join(p.cfg.Out, t.name+".onnx"))
		if err != nil {
			return err
		}
		row.Bytes += info.Size()
	}
	p.out.Steps = append(p.out.Steps, row)
	return nil
}

// precision is what a suite says of the variant.
func (p *planner) precision() string {
	if p.out.all(p.towers[0], p.out.steps[p.out.chosen].keep[0]) && p.out.all(p.towers[1], p.out.steps[p.out.chosen].keep[1]) {
		return "fp32"
	}
	return "int8"
}

// card says how the model was made: the plan, beside what the model's own card says of its source.
func (p *planner) card(hashes map[string]string) error {
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
	made := p.out.Steps[len(p.out.Steps)-1]
	card["name"] = strings.TrimSuffix(filepath.Base(p.cfg.Out), "/")
	card["description"] = fmt.Sprintf("%s in %s (images) and %s (texts), %d of %d products kept in the original's precision: made by fastclip models plan for the budget %s.",
		p.cfg.Model, p.out.Schemes[store.TowerImage], p.out.Schemes[store.TowerText], made.Count, made.Of, p.out.Budget)
	card["sha256"], card["plan"] = hashes, p.out
	data, err := json.MarshalIndent(card, "", "  ")
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(p.cfg.Out, "card.json"), append(data, '\n'))
}
