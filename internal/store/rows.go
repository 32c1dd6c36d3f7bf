// Package store keeps the results of runs: one folder per run, a Parquet file a table, readable by
// DuckDB, pandas and Polars without this project. docs/results.md explains every column.
//
// Columns are a contract: they may be added, never renamed. A column added after
// SchemaVersion 1 is optional (a pointer here, null in a file), so that older runs stay readable.
package store

import "time"

// SchemaVersion is the version of the tables below. It grows when the meaning of a column changes. A reader
// refuses runs of a newer version.
const SchemaVersion = 1

// Run is the one row of run.parquet: what ran, when and where.
type Run struct {
	RunID         string    `parquet:"run_id"`
	StartedAt     time.Time `parquet:"started_at,timestamp(microsecond)"`
	FinishedAt    time.Time `parquet:"finished_at,timestamp(microsecond)"`
	ToolVersion   string    `parquet:"tool_version"`
	ToolCommit    string    `parquet:"tool_commit"`
	SchemaVersion int64     `parquet:"schema_version"`
	Suite         string    `parquet:"suite"`
	SuiteSHA256   string    `parquet:"suite_sha256"`
	PlanSHA256    string    `parquet:"plan_sha256"` // of everything that the results depend on
	Host          string    `parquet:"host"`
	OS            string    `parquet:"os"`
	Arch          string    `parquet:"arch"`
	CPUModel      string    `parquet:"cpu_model"`
	Cores         int64     `parquet:"cores"`
	MemoryBytes   int64     `parquet:"memory_bytes"`
	Threads       int64     `parquet:"threads"` // the most that a variant's calls use
	Status        string    `parquet:"status"`  // ok, or failed when anything below has failed

	After []string `parquet:"after,list,optional"` // ids of runs of the same results root that were finished when it began, though their clocks say later
	Skip  *string  `parquet:"skip"`                // parts that the suite left out, with commas; null before this was kept

	// What numbers can depend on: the processor by its instruction sets (amd64-avx2), all of those that
	// matter, and the GPU with its driver; empty where there is none, null before they were kept.
	CPUClass    *string `parquet:"cpu_class"`
	CPUFeatures *string `parquet:"cpu_features"`
	GPU         *string `parquet:"gpu"`
	GPUDriver   *string `parquet:"gpu_driver"`

	Mixed *bool `parquet:"mixed"` // workers of other places than this took part; null before it was kept

	NoFloor *string `parquet:"no_floor"` // why no noise floor was measured although one could have been; else null
}

// Dataset is a row of datasets.parquet: what was searched.
type Dataset struct {
	RunID   string `parquet:"run_id,dict"`
	Dataset string `parquet:"dataset,dict"`
	Arity   string `parquet:"arity,dict"` // single, double, triple, or empty
	Licence string `parquet:"licence,dict"`
	SHA256  string `parquet:"sha256"`  // of the content of everything in it, of the prompts, and of --limit
	Images  int64  `parquet:"images"`  // that were embedded
	Texts   int64  `parquet:"texts"`   // that were embedded
	Skipped int64  `parquet:"skipped"` // items left out for all variants alike; failures.parquet names them

	Classes int64 `parquet:"classes"` // that compete in zero-shot classification

	// What the reader saw, in files, rows, lines or entries: Seen is the sum of the five below.
	Seen        int64   `parquet:"seen"`
	Used        int64   `parquet:"used"`
	Merged      int64   `parquet:"merged"` // into a picture that another has begun
	Ignored     int64   `parquet:"ignored"`
	Overwritten int64   `parquet:"overwritten"`
	Refused     int64   `parquet:"refused"`
	TextsCut    *int64  `parquet:"texts_cut"` // texts that are longer than the context of some variant, at most; null where no variant makes ids
	Balance     string  `parquet:"balance"`   // these as a line with reasons, where not all is used
	Suspect     int64   `parquet:"suspect"`   // texts that are used, but are likely not what was meant
	SuspectWhy  string  `parquet:"suspect_why"`
	SetSHA256   *string `parquet:"set_sha256"` // of the set as datasets ls shows it, without prompts and --limit
}

// Failed tells whether the variant's status counts as a failure of the run.
func (v Variant) Failed() bool {
	excused := v.Status == StatusUnavailable && v.Optional != nil && *v.Optional
	return v.Status != StatusOK && !excused
}

// Variant is a row of variants.parquet: a way to embed, and what became of it. Status is ok, failed, timeout or
// unavailable; Reason is empty if it is ok.
type Variant struct {
	RunID          string `parquet:"run_id,dict"`
	Variant        string `parquet:"variant"`
	IsReference    bool   `parquet:"is_reference"`
	Status         string `parquet:"status,dict"`
	Reason         string `parquet:"reason"`
	Model          string `parquet:"model,dict"`
	ModelSHA256    string `parquet:"model_sha256,dict"`
	ImageFile      string `parquet:"image_file,dict"`
	TextFile       string `parquet:"text_file,dict"`
	ImageSHA256    string `parquet:"image_sha256,dict"`
	TextSHA256     string `parquet:"text_sha256,dict"`
	Runtime        string `parquet:"runtime,dict"`
	RuntimeVersion string `parquet:"runtime_version,dict"`
	Provider       string `parquet:"provider,dict"`
	Precision      string `parquet:"precision,dict"`
	Preprocess     string `parquet:"preprocess,dict"`
	PreprocessKey  string `parquet:"preprocess_key,dict"` // stages, parameters and library versions
	Decoder        string `parquet:"decoder,dict"`
	Tokenizer      string `parquet:"tokenizer,dict"`
	Dim            int64  `parquet:"dim"`
	Batch          int64  `parquet:"batch"`
	Threads        int64  `parquet:"threads"`
	RandomSeed     *int64 `parquet:"random_seed"` // of weights that were never trained: scores mean nothing; null otherwise
	Trim           bool   `parquet:"trim"`        // texts are cut at the longest EOT of the batch
	// Quantization is how ONNX files multiply in 8 bits, such as "dynamic U8S8, a scale a channel"; empty: not
	// at all; null of others. Saturation is the mean |a-b|, over a few items, between kernels that can cut
	// sums off on the run's processor and those that do not; null where none can.
	Quantization *string  `parquet:"quantization"`
	Saturation   *float64 `parquet:"saturation"`
	// ProviderVersion is what the provider's numbers come from: its libraries with their versions, such as "cudart 12.8.90,
	// cudnn 9.10.2.21"; empty of the processor and of servers; null before it was kept.
	ProviderVersion *string `parquet:"provider_version"`
	// Options are the runtime's, as the suite has them: JSON, its names sorted; null before they were kept.
	Options *string `parquet:"options"`
	// Retries are the requests that were sent again to a server that was busy or not there; null without one.
	Retries *int64 `parquet:"retries"`

	Context  *int64 `parquet:"context"`   // ids in a row of a text; null without a tokenizer
	TextsCut *int64 `parquet:"texts_cut"` // texts of all datasets that are longer, and were cut
	// Faults are what must hold of any encoder and does not: embeddings that depend on the batch, zero
	// vectors, constant outputs, files of the model that do not agree.
	Faults []string `parquet:"faults,list,optional"`
	// PrecisionShare is the share of the arithmetic that ran in the precision that is claimed, in the tower
	// with the smaller share; null where the runtime does not tell.
	PrecisionShare *float64 `parquet:"precision_share"`
	Optional       *bool    `parquet:"optional"` // the suite does without it where it is unavailable; null before it could say so

	// Where it ran, from the runtime's own profile; empty and null where the runtime has none.
	// Providers is JSON: by tower, the providers with their nodes and shares, most time first.
	Input             *string  `parquet:"input"`              // pixels; files where the encoder prepares pictures itself, and preprocess is none
	EncoderPreprocess *string  `parquet:"encoder_preprocess"` // then, how it says that it does
	Providers         *string  `parquet:"providers"`
	ProviderNodeShare *float64 `parquet:"provider_node_share"` // of the nodes on the provider asked for, in the tower with the smaller share
	ProviderTimeShare *float64 `parquet:"provider_time_share"` // of the time
}

// Item is a row of items.parquet: a picture or a text that was searched. A picture answers a text if the text
// lists it, or if the picture has all labels of the text. Two pictures answer each other if they have the same
// labels.
type Item struct {
	RunID    string   `parquet:"run_id,dict"`
	Dataset  string   `parquet:"dataset,dict"`
	Modality string   `parquet:"modality,dict"` // image or text
	ID       string   `parquet:"id"`
	Text     string   `parquet:"text"`        // of a text
	Labels   []string `parquet:"labels,list"` // what a picture shows, or what a text asks for
	Images   []string `parquet:"images,list"` // ids of the pictures that a caption belongs to
}

// Failure is a row of failures.parquet: an item that was left out for all variants, or a whole dataset if Item is
// empty.
type Failure struct {
	RunID   string `parquet:"run_id,dict"`
	Dataset string `parquet:"dataset,dict"`
	Item    string `parquet:"item"`
	Stage   string `parquet:"stage,dict"`
	Reason  string `parquet:"reason"`
}

// Embedding is a row of embeddings/VARIANT/DATASET.MODALITY.parquet: an item's raw, not
// normalised, vector.
type Embedding struct {
	ID        string    `parquet:"id"`
	Embedding []float32 `parquet:"embedding,list"`
}
