package modeldir

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/fastclip/fastclip/internal/pyjson"
)

// config is the part of transformers' config.json that is read. A flat one describes a single tower.
type config struct {
	half
	Projection int             `json:"projection_dim,omitempty"`
	EmbedDim   int             `json:"embed_dim,omitempty"` // of immich's config.json, which is open_clip's model_cfg
	Vision     half            `json:"vision_config"`
	Text       half            `json:"text_config"`
	OldVision  half            `json:"vision_config_dict"` // of older transformers, which took it instead
	OldText    half            `json:"text_config_dict"`
	VisionCfg  json.RawMessage `json:"vision_cfg,omitempty"` // of immich's config.json, too
}

// half describes one tower.
type half struct {
	Type       string          `json:"model_type,omitempty"`
	Activation string          `json:"hidden_act,omitempty"`
	Size       json.RawMessage `json:"image_size,omitempty"`
	Vocab      int             `json:"vocab_size,omitempty"`
	Positions  int             `json:"max_position_embeddings,omitempty"`
}

func (h half) said() bool {
	return h.Type != "" || h.Activation != "" || h.Size != nil || h.Vocab != 0 || h.Positions != 0
}

// of is the half for a tower: the nested one, or the whole of a flat config.
func (c config) of(nested half) half {
	if !c.Vision.said() && !c.Text.said() {
		return c.half
	}
	return nested
}

// openCLIP is the part of open_clip_config.json that is read here; pipelines reads the rest.
type openCLIP struct {
	Model struct {
		QuickGELU *bool `json:"quick_gelu"`
		Dim       int   `json:"embed_dim"`
		Vision    struct {
			Timm string          `json:"timm_model_name"`
			Size json.RawMessage `json:"image_size"`
		} `json:"vision_cfg"`
		Text struct {
			Context   int                        `json:"context_length"`
			Vocab     int                        `json:"vocab_size"`
			Library   string                     `json:"hf_model_name"`
			Tokenizer string                     `json:"hf_tokenizer_name"`
			Options   map[string]json.RawMessage `json:"tokenizer_kwargs"`
		} `json:"text_cfg"`
	} `json:"model_cfg"`
	Preprocess json.RawMessage `json:"preprocess_cfg"`
}

// configs reads the nearest configs for each tower.
func (r *reader) configs(imagePlaces, textPlaces []string) (err error) {
	if r.image.file, err = r.read(configName, imagePlaces, &r.image.config); err != nil {
		return err
	}
	if r.text.file, err = r.read(configName, textPlaces, &r.text.config); err != nil {
		return err
	}
	for _, c := range []towerConfig{r.image, r.text} {
		if c.OldVision.said() && !equal(c.OldVision, c.Vision) || c.OldText.said() && !equal(c.OldText, c.Text) {
			r.fault("%s: vision_config_dict or text_config_dict says otherwise than vision_config and text_config, which were used: leave one", c.file)
		}
	}
	if r.openCLIPFile, err = r.read(openCLIPName, r.all, &r.openCLIP); err != nil {
		return err
	}
	if c := r.image; r.openCLIPFile == "" && c.VisionCfg != nil && c.EmbedDim > 0 { // immich keeps open_clip's model_cfg as config.json
		data, err := fs.ReadFile(r.fsys, c.file)
		if err == nil {
			err = pyjson.Unmarshal(data, &r.openCLIP.Model)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
		r.openCLIPFile = c.file
	}
	return nil
}

// modelType is a config.json with only the model's type, from which transformers chooses a class.
func (r *reader) modelType() ([]byte, bool) {
	if r.text.Type == "" {
		return nil, false
	}
	data, err := json.Marshal(map[string]string{"model_type": r.text.Type})
	return data, err == nil
}

// length tells whether a row can have so many ids. If not, it is a fault.
func (r *reader) length(file, key string, n int) bool {
	if n < 2 {
		r.fault("%s: %s is %d: want at least 2", file, key, n)
	}
	return n > 1
}

// contexts records the lengths of rows that configs give, and those that the graph should have.
func (r *reader) contexts() {
	if r.openCLIPFile != "" {
		text := r.openCLIP.Model.Text
		n := text.Context
		if n == 0 {
			n = 77 // open_clip's default
		}
		if r.length(r.openCLIPFile, "model_cfg.text_cfg.context_length", n) {
			r.limit(n)
		}
		if text.Library == "" {
			r.claim("text", WhatContext, n, "", r.openCLIPFile)
		}
	}
	c := r.text
	positions := c.of(c.Text).Positions
	switch c.Type {
	case "siglip", "siglip2", "siglip_text_model":
		if positions == 0 {
			positions = 64 // transformers' default
		}
	case "clip", "clip_text_model", "metaclip", "metaclip_2", "clipseg", "altclip", "groupvit":
		if positions == 0 && c.Type == "clip" {
			positions = 77
		}
	default:
		positions = c.Text.Positions
	}
	if positions != 0 && r.length(c.file, "max_position_embeddings", positions) {
		r.limit(positions)
	}
	if c.Type == "clip" || c.Type == "siglip" {
		r.claim("text", WhatContext, positions, "", c.file)
	}
}
