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
		"Suite.reference":    doc("The variant that all others are compared with. Default: the first variant."),
		"Suite.defaults":     doc("Settings of all variants that do not set their own."),
		"Suite.context":      strictyaml.AtLeast(0, "Number of ids per text. 0: as many as the model takes."),
		"Suite.metrics":      {Doc: "The metrics of searches. Default: all.", Enum: MetricNames()},
		"Suite.resamples":    strictyaml.Between(0, maxResamples, "Samples of the paired bootstrap over queries. 0: 10000."),
		"Suite.seed":         doc("Seed of the bootstrap."),
		"Suite.timing":       doc("How much is timed. Each round times items of the first dataset on all variants in turn."),
		"Suite.bench":        doc("How long bench inference and bench indexing measure a row."),
		"Suite.skip":         {Doc: "Parts of a run to leave out.", Enum: Parts()},
		"Suite.timeout":      doc("A variant is stopped if one of its calls takes longer. Default: 10m. A call has at most 32 pictures or 64 texts."),
		"Suite.limit":        strictyaml.AtLeast(0, "Number of pictures to use of each dataset, from the first on. 0: all."),
		"Suite.max_pairs":    strictyaml.AtLeast(0, "A search with more pairs of query and item uses a random sample of its queries. 0: 1000000000000."),
		"Suite.sample_above": strictyaml.AtLeast(0, "Datasets with more pictures measure swaps and the noise floor on a sample. Default: 128. 0: never."),
		"Suite.memory":       doc("Memory for open encoders. Default: half of the machine's memory.", "6GiB"),
		"Suite.datasets":     {Doc: "Labelled sets of pictures.", MinItems: 1},
		"Suite.variants":     {Doc: "Ways to turn pictures and texts into embeddings.", MinItems: 1, Required: []string{"name"}},

		"Timing.items":         strictyaml.Between(0, maxItems, "Pictures and texts per round. 0: 32."),
		"Timing.rounds":        strictyaml.Between(0, maxRounds, "Number of measured rounds. 0: 10."),
		"Timing.warmup":        strictyaml.Between(0, maxRounds, "Number of rounds before the measured ones, which do not count."),
		"Bench.min_time":       doc("Shortest time for which a row is measured."),
		"Bench.min_calls":      doc("Smallest number of calls per row, at least 16."),
		"Bench.max_time":       doc("Longest time for which a row is measured. A row that has not settled by then says so."),
		"Bench.price_per_hour": strictyaml.AtLeast(0, "Price of the machine in dollars. It adds items per dollar."),

		"DatasetSpec":                {Required: []string{"name"}, OneOf: sources},
		"DatasetSpec.name":           {Doc: "The dataset's name in results and in file names.", Pattern: datasetRule.String()},
		"DatasetSpec.template":       doc("The query for labels, with {} in their place.", "a photo of a {}"),
		"DatasetSpec.templates":      doc("Prompts for zero-shot classification, with {} or {c} in place of the class."),
		"DatasetSpec.templates_file": doc("A file with one template per line."),
		"DatasetSpec.scenes":         doc("Generated pictures with one, two or three labelled objects."),
		"DatasetSpec.folder":         doc("A folder that contains one folder of pictures per label."),
		"DatasetSpec.captions":       doc("A folder of pictures. The captions of each are in a file beside it."),
		"DatasetSpec.table":          doc("A CSV, TSV or JSONL file with paths, and labels or captions."),
		"DatasetSpec.coco":           doc("COCO's annotation files."),
		"DatasetSpec.karpathy":       doc("A part of a Karpathy split."),
		"DatasetSpec.flickr":         doc("Flickr's file of captions."),
		"DatasetSpec.webdataset":     doc("Tar shards of webdataset."),
		"DatasetSpec.hfparquet":      doc("Parquet files in the form of the Hugging Face hub."),
	}
	maps.Copy(all, sourceRules())
	maps.Copy(all, specRules())
	return all
}
