package suite

import (
	"maps"

	"github.com/fastclip/fastclip/internal/strictyaml"
)

// Upper bounds for what a file may ask for. A larger value is a typing error. It would fill the memory, or
// run for days before anyone noticed.
const (
	minResamples = 100
	maxResamples = 1_000_000
	maxItems     = 1 << 20 // for a timing
	maxRounds    = 100_000
	minMemory    = 64 << 20
	maxMemory    = 1 << 50
)

// Schema is the JSON Schema of suite files, for editors.
func Schema() ([]byte, error) {
	return strictyaml.Schema(&Suite{}, "a suite of fastclip", rules())
}

func rules() map[string]strictyaml.Rule {
	doc := func(text string, examples ...string) strictyaml.Rule {
		return strictyaml.Rule{Doc: text, Examples: examples}
	}
	var sources []string
	for _, s := range (DatasetSpec{}).sources() {
		sources = append(sources, s.name)
	}
	all := map[string]strictyaml.Rule{
		"Suite":              {Required: []string{"name", "datasets", "variants"}},
		"Suite.name":         doc("The suite's name in results."),
		"Suite.reference":    doc("The variant that all others are compared with; the first without it."),
		"Suite.defaults":     doc("What a variant takes unless it says otherwise."),
		"Suite.context":      strictyaml.AtLeast(0, "Ids in a row of a text; 0 is as many as the model takes."),
		"Suite.metrics":      {Doc: "What searches are scored by; all of them without it.", Enum: MetricNames()},
		"Suite.resamples":    strictyaml.Between(0, maxResamples, "Samples of the paired bootstrap over queries; 0 is 10000."),
		"Suite.seed":         doc("Seed of the bootstrap."),
		"Suite.timing":       doc("How much is timed: items of the first dataset, all variants in turn, round after round."),
		"Suite.bench":        doc("How long bench inference and bench indexing measure a row."),
		"Suite.skip":         {Doc: "Parts of a run that are left out.", Enum: Parts()},
		"Suite.timeout":      doc("A variant of which one call takes longer is stopped; 10m without it. A call has at most 32 pictures or 64 texts."),
		"Suite.limit":        strictyaml.AtLeast(0, "Only the first pictures of each dataset; 0 is all."),
		"Suite.max_pairs":    strictyaml.AtLeast(0, "A search with more pairs of query and item uses a random sample of its queries; 0 is 1000000000000."),
		"Suite.sample_above": strictyaml.AtLeast(0, "Datasets of more pictures measure swaps and the noise floor on a sample; 128 without it, 0 is never."),
		"Suite.memory":       doc("Memory for open encoders; half of the machine's without it.", "6GiB"),
		"Suite.datasets":     {Doc: "Labelled sets of pictures.", MinItems: 1},
		"Suite.variants":     {Doc: "Ways to turn pictures and texts into embeddings.", MinItems: 1, Required: []string{"name"}},

		"Timing.items":         strictyaml.Between(0, maxItems, "Pictures and texts of a round; 0 is 32."),
		"Timing.rounds":        strictyaml.Between(0, maxRounds, "Measured rounds; 0 is 10."),
		"Timing.warmup":        strictyaml.Between(0, maxRounds, "Rounds before them that do not count."),
		"Bench.min_time":       doc("A row is measured at least so long."),
		"Bench.min_calls":      doc("A row has at least so many calls, 16 or more."),
		"Bench.max_time":       doc("A row that has not settled by then says so."),
		"Bench.price_per_hour": strictyaml.AtLeast(0, "Of the machine: adds items per dollar."),

		"DatasetSpec":                {Required: []string{"name"}, OneOf: sources},
		"DatasetSpec.name":           {Doc: "The dataset's name in results and of its files.", Pattern: datasetRule.String()},
		"DatasetSpec.template":       doc("The query for labels, with {} in their place.", "a photo of a {}"),
		"DatasetSpec.templates":      doc("Asks for zero-shot classification: the class in each of them, with {} or {c} for it."),
		"DatasetSpec.templates_file": doc("A file with the templates, a line each."),
		"DatasetSpec.scenes":         doc("Generated pictures with one, two or three labelled objects."),
		"DatasetSpec.folder":         doc("A folder of pictures, a folder in it for each label."),
		"DatasetSpec.captions":       doc("A folder of pictures, each with its captions in a file beside it."),
		"DatasetSpec.table":          doc("A CSV, TSV or JSONL file with paths, and labels or captions."),
		"DatasetSpec.coco":           doc("COCO's annotation files."),
		"DatasetSpec.karpathy":       doc("A part of a Karpathy split."),
		"DatasetSpec.flickr":         doc("Flickr's file of captions."),
		"DatasetSpec.webdataset":     doc("Tar shards of webdataset."),
		"DatasetSpec.hfparquet":      doc("Parquet files as the Hugging Face hub has them."),
	}
	maps.Copy(all, sourceRules())
	maps.Copy(all, specRules())
	return all
}
