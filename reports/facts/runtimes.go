package facts

import (
	"encoding/json"

	"github.com/fastclip/fastclip/internal/store"
)

// Place is where a variant was told to run, and where its runtime reports that it ran.
type Place struct {
	Identity
	Runtime  string       `json:"runtime"`
	Version  string       `json:"runtime_version"`
	Provider string       `json:"provider"`
	Prepares string       `json:"encoder_preprocess,omitempty"` // how an encoder that takes files prepares pictures
	Image    []ProviderOf `json:"image"`                        // most time first; empty when the runtime does not report it
	Text     []ProviderOf `json:"text"`
}

// ProviderOf is the part of a tower that a provider ran.
type ProviderOf struct {
	Provider  string `json:"provider"`
	Nodes     int    `json:"nodes"`
	NodeShare Number `json:"node_share"`
	TimeShare Number `json:"time_share"`
}

func buildPlaces(res *store.Results) []Place {
	out := []Place{}
	for i, id := range Identities(res) {
		v := res.Variants[i]
		p := Place{Identity: id, Runtime: v.Runtime, Version: v.RuntimeVersion, Provider: v.Provider, Image: []ProviderOf{}, Text: []ProviderOf{}}
		if v.EncoderPreprocess != nil {
			p.Prepares = *v.EncoderPreprocess
		}
		if v.Providers != nil {
			var towers struct{ Image, Text []ProviderOf }
			if json.Unmarshal([]byte(*v.Providers), &towers) == nil { // otherwise another version wrote it, and nothing is known
				p.Image, p.Text = append(p.Image, towers.Image...), append(p.Text, towers.Text...)
			}
		}
		out = append(out, p)
	}
	return out
}
