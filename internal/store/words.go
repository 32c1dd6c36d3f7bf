package store

// The words of the tables' columns: what is written and what reads it use these names, and no
// other package declares them.

// Status of a variant, and of a run: the status column. In a run that is StatusOK nothing failed.
const (
	StatusOK          = "ok"
	StatusFailed      = "failed"
	StatusTimeout     = "timeout"
	StatusUnavailable = "unavailable"
)

// Directions of retrieval: the direction column.
const (
	TextToImage  = "t2i"
	ImageToText  = "i2t"
	ImageToImage = "i2i"
)

// The towers of a model are also modalities: the modality column.
const (
	TowerImage = "image"
	TowerText  = "text"
)

// Stages at which a variant is compared with the reference: the stage column of drift. The first
// three are checkpoints before the model.
const (
	StageDecode     = "decode"
	StageResize     = "resize"
	StageNormalise  = "normalise"
	StageEmbedding  = "embedding"
	StageUnit       = "unit"
	StageSimilarity = "similarity"
	StageRank       = "rank"
)

// Stages that can be exchanged between a variant and the reference besides those of the pipeline: a
// tower with its runtime, and what makes ids of texts.
const (
	StageModel     = "model"
	StageTokenizer = "tokenizer"
)

// Prefixes of a stage. They stand for the reference with that stage of a variant, a variant with that
// stage of the reference, and the reference run in another way that should not matter.
const (
	SwapPrefix  = "swap:"
	KeepPrefix  = "keep:"
	FloorPrefix = "floor:"
)

// StageCrash is the stage of a failure in which the process died at an item, and died again when the item was
// tried alone.
const StageCrash = "crash"

// StageAll is the stage of a variant's whole drift, besides its swaps.
const StageAll = SwapPrefix + "all"

// Phases of timings.parquet, and what one repetition of each covers:
// load reads the files; decode makes pictures of their bytes; preprocess makes tensors of
// pictures; tokenize makes ids of texts; encode is the model's own call; to_output makes unit
// vectors of raw embeddings, a slice each, as a server would return them. Where the encoder is a
// server that says how long it computed, that part of encode is in server_ns.
const (
	PhaseLoad       = "load"
	PhaseDecode     = "decode"
	PhasePreprocess = "preprocess"
	PhaseTokenize   = "tokenize"
	PhaseEncode     = "encode"
	PhaseToOutput   = "to_output"
)

// Phases that only the benches write: the first call of a batch size, and adding a batch to the
// vector database, durably.
const (
	PhaseFirst = "first"
	PhaseIndex = "index"
)

// PhaseTransform is the phase that times one picture of the research notes' sizes, from its pixels to the tensor.
// It is not part of the cost of an item, so totals leave it out.
const PhaseTransform = "transform"
