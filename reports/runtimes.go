package reports

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// place is where a variant was told to run, and where its runtime says that it did.
type place struct {
	identity
	Runtime  string       `json:"runtime"`
	Version  string       `json:"runtime_version"`
	Provider string       `json:"provider"`
	Prepares string       `json:"encoder_preprocess,omitempty"` // how an encoder that takes files prepares them
	Image    []providerOf `json:"image"`                        // most time first; empty where the runtime does not say
	Text     []providerOf `json:"text"`
}

// providerOf is a provider's part of a tower.
type providerOf struct {
	Provider  string `json:"provider"`
	Nodes     int    `json:"nodes"`
	NodeShare number `json:"node_share"`
	TimeShare number `json:"time_share"`
}

func buildPlaces(res *store.Results) []place {
	out := []place{}
	for i, id := range identities(res) {
		v := res.Variants[i]
		p := place{identity: id, Runtime: v.Runtime, Version: v.RuntimeVersion, Provider: v.Provider, Image: []providerOf{}, Text: []providerOf{}}
		if v.EncoderPreprocess != nil {
			p.Prepares = *v.EncoderPreprocess
		}
		if v.Providers != nil {
			var towers struct{ Image, Text []providerOf }
			if json.Unmarshal([]byte(*v.Providers), &towers) == nil { // else another version's: nothing is known
				p.Image, p.Text = append(p.Image, towers.Image...), append(p.Text, towers.Text...)
			}
		}
		out = append(out, p)
	}
	return out
}

// placesSection has the variants whose runtimes say where they ran; there may be none.
func placesSection(places []place) (section, bool) {
	s := section{Title: "Where it ran", Header: []string{"variant", "runtime", "provider asked for", "image tower ran on", "text tower ran on"}}
	for _, p := range places {
		if len(p.Image)+len(p.Text) == 0 {
			continue
		}
		name := variantRow(p.identity).Cells[0]
		s.Rows = append(s.Rows, row{Reference: p.IsReference, Cells: []string{
			name, strings.TrimSpace(p.Runtime + " " + p.Version), p.Provider, providersText(p.Image), providersText(p.Text),
		}})
	}
	s.Notes = []string{"From the runtime's own profile of a few runs, apart from those that are timed: nodes of the model, and their time. " +
		"A variant most of which ran on another provider than the one asked for has failed."}
	return s, len(s.Rows) > 0
}

func providersText(all []providerOf) string {
	var parts []string
	for _, p := range all {
		parts = append(parts, fmt.Sprintf("%s: %d nodes (%s), %s of time", p.Provider, p.Nodes, withPercent(p.NodeShare), withPercent(p.TimeShare)))
	}
	if len(parts) == 0 {
		return noNumber
	}
	return strings.Join(parts, "; ")
}
