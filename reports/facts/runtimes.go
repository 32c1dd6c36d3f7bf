package facts

import (
	"encoding/json"

	"github.com/fastclip/fastclip/internal/store"
)

// Place is where a variant was told to run, and where its runtime says that it did.
type Place struct {
	Identity
	Runtime  string       `json:"runtime"`
	Version  string       `json:"runtime_version"`
	Provider string       `json:"provider"`
	Prepares string       `json:"encoder_preprocess,omitempty"` // how an encoder that takes files prepares them
	Image    []ProviderOf `json:"image"`                        // most time first; empty where the runtime does not say
	Text     []ProviderOf `json:"text"`
}

// ProviderOf is a provider's part of a tower.
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
			if json.Unmarshal([]byte(*v.Providers), &towers) == nil { // else another version's: nothing is known
				p.Image, p.Text = append(p.Image, towers.Image...), append(p.Text, towers.Text...)
			}
		}
		out = append(out, p)
	}
	return out
}
