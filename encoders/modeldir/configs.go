package modeldir

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
)

// config is what is read of transformers' config.json. Flat ones are of a tower alone.
type config struct {
	Type     string `json:"model_type"`
	EmbedDim int    `json:"embed_dim"` // of immich's, which is open_clip's model_cfg
	Vision   struct {
		Activation string `json:"hidden_act"`
	} `json:"vision_config"`
	Text struct {
		Type       string `json:"model_type"`
		Activation string `json:"hidden_act"`
		Vocab      int    `json:"vocab_size"`
		Positions  int    `json:"max_position_embeddings"`
	} `json:"text_config"`
	VisionCfg json.RawMessage `json:"vision_cfg"` // of the same
	Positions int             `json:"max_position_embeddings"`
}

func (c config) textType() string { return c.Text.Type }

// openCLIP is what is read of open_clip_config.json besides what pipelines reads.
type openCLIP struct {
	Model struct {
		QuickGELU *bool           `json:"quick_gelu"`
		Vision    json.RawMessage `json:"vision_cfg"`
		Text      struct {
			Context   int                        `json:"context_length"`
			Vocab     int                        `json:"vocab_size"`
			Tokenizer string                     `json:"hf_tokenizer_name"`
			Options   map[string]json.RawMessage `json:"tokenizer_kwargs"`
		} `json:"text_cfg"`
	} `json:"model_cfg"`
	Preprocess json.RawMessage `json:"preprocess_cfg"`
}

// immich reads open_clip's model_cfg as immich keeps it: the whole of config.json.
func (r *reader) immich() error {
	data, err := fs.ReadFile(r.fsys, r.configFile)
	if err == nil {
		err = json.Unmarshal(data, &r.openCLIP.Model)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.configFile, err)
	}
	r.openCLIPFile = r.configFile
	return nil
}

// modelType is a config.json with the model's type alone, from which transformers chooses a class.
func (r *reader) modelType() ([]byte, bool) {
	if r.config.Type == "" {
		return nil, false
	}
	data, err := json.Marshal(map[string]string{"model_type": r.config.Type})
	return data, err == nil
}

// contexts are the rows' lengths that configs say.
func (r *reader) contexts() {
	if r.openCLIPFile != "" {
		n := r.openCLIP.Model.Text.Context
		if n == 0 {
			n = 77 // open_clip's default
		}
		r.limit(n)
	}
	positions := r.config.Text.Positions
	switch r.config.Type {
	case "siglip", "siglip2", "siglip_text_model":
		if positions == 0 {
			positions = r.config.Positions
		}
		if positions == 0 {
			positions = 64 // transformers' default
		}
	case "clip", "clip_text_model", "metaclip", "metaclip_2", "clipseg", "altclip", "groupvit":
		if positions == 0 {
			positions = r.config.Positions
		}
		if positions == 0 && r.config.Type == "clip" {
			positions = 77
		}
	}
	if positions > 1 {
		r.limit(positions)
	}
}

// activations are what the configs claim of the towers' blocks.
func (r *reader) activations() {
	r.out.Activation = map[string]string{}
	names := map[string]string{"quick_gelu": "quickgelu", "gelu": "gelu", "gelu_new": "gelu", "gelu_pytorch_tanh": "gelu", "gelu_fast": "gelu"}
	if q := r.openCLIP.Model.QuickGELU; q != nil {
		act := "gelu"
		if *q {
			act = "quickgelu"
		}
		r.out.Activation["image"], r.out.Activation["text"], r.out.Claims = act, act, r.openCLIPFile
	}
	for tower, said := range map[string]string{"image": r.config.Vision.Activation, "text": r.config.Text.Activation} {
		act := names[said]
		if was := r.out.Activation[tower]; act != "" && was != "" && was != act {
			r.out.Faults = append(r.out.Faults, fmt.Sprintf("%s says %s of the %s tower, %s says %s", r.openCLIPFile, was, tower, r.configFile, act))
		}
		if act != "" && r.out.Activation[tower] == "" {
			r.out.Activation[tower], r.out.Claims = act, r.configFile
		}
	}
}

// pooling reads what sentence-transformers keeps of a module that pools.
func (r *reader) pooling(places []string) error {
	for _, dir := range places {
		file := path.Join(dir, "1_Pooling", configName)
		data, err := fs.ReadFile(r.fsys, file)
		if err != nil {
			continue
		}
		var modes map[string]any
		if err := json.Unmarshal(data, &modes); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for key, name := range map[string]string{"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max", "pooling_mode_lasttoken": "last"} {
			if modes[key] == true {
				if r.out.Pooling != "" {
					return fmt.Errorf("%s asks for two poolings at once, %s and %s", file, r.out.Pooling, name)
				}
				r.out.Pooling = name
			}
		}
		return nil
	}
	return nil
}
