package modeldir

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// folder is files by name.
func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// A tokenizer of CLIP's kind, as small as one can be; and one of another.
const (
	unigram = `{"model": {"type": "Unigram", "vocab": [["a", 0]]}}`
	bert    = `{"tokenizer_class": "BertTokenizer"}`
	xlmr    = `{"tokenizer_class": "XLMRobertaTokenizer"}`
	wordy   = `{"model": {"type": "WordPiece", "vocab": {"a": 0}}}`
)

// TestTokenizers: a tokenizer of another kind is used, or what lacks of it is named.
func TestTokenizers(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		from  string // of a library's tokenizer
		clean string
		want  string // error
	}{
		"none":                 {nil, "", "", ""},
		"sentencepiece":        {map[string]string{"spiece.model": "x", "tokenizer_config.json": `{"tokenizer_class": "SiglipTokenizer"}`}, "spiece.model", "", ""},
		"xlm-r":                {map[string]string{"sentencepiece.bpe.model": "x", "tokenizer_config.json": xlmr}, "sentencepiece.bpe.model", "", ""},
		"bert":                 {map[string]string{"vocab.txt": "[PAD]", "tokenizer_config.json": bert}, "vocab.txt", "", ""},
		"bert by type":         {map[string]string{"vocab.txt": "[PAD]", "config.json": `{"model_type": "chinese_clip"}`}, "vocab.txt", "", ""},
		"no class":             {map[string]string{"sentencepiece.bpe.model": "x"}, "", "", "sentencepiece.bpe.model does not name the class of its tokenizer"},
		"unigram json":         {map[string]string{"tokenizer.json": unigram}, "tokenizer.json", "", ""},
		"gpt2":                 {map[string]string{"vocab.json": "{}", "merges.txt": "", "tokenizer_config.json": `{"tokenizer_class": "GPT2Tokenizer"}`}, "tokenizer_config.json", "", ""},
		"below":                {map[string]string{"textual/tokenizer.json": unigram}, "textual/tokenizer.json", "", ""},
		"in a module":          {map[string]string{"0_CLIPModel/vocab.txt": "[PAD]", "0_CLIPModel/tokenizer_config.json": bert}, "0_CLIPModel/vocab.txt", "", ""},
		"two below":            {map[string]string{"a/vocab.txt": "x", "b/tokenizer.json": wordy}, "", "", "several folders have such files (a and b)"},
		"class alone":          {map[string]string{"tokenizer_config.json": `{"tokenizer_class": "BertTokenizer"}`}, "", "", "tokenizer_config.json names BertTokenizer, whose files are not in the folder"},
		"name alone":           {map[string]string{"open_clip_config.json": `{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "xlm-roberta-base"}}}`}, "", "", "open_clip_config.json names the tokenizer xlm-roberta-base"},
		"type alone":           {map[string]string{"config.json": `{"model_type": "chinese_clip"}`}, "", "", "config.json is the config of a chinese_clip, whose tokenizer is not CLIP's"},
		"text type alone":      {map[string]string{"config.json": `{"text_config": {"model_type": "bert"}}`}, "", "", "a text model of type bert"},
		"vocabulary alone":     {map[string]string{"config.json": `{"model_type": "clip", "text_config": {"vocab_size": 250002}}`}, "", "", "a vocabulary of 250002 ids"},
		"open_clip vocabulary": {map[string]string{"open_clip_config.json": `{"model_cfg": {"text_cfg": {"vocab_size": 32000}}}`}, "", "", "open_clip_config.json says a vocabulary of 32000 ids"},
		"named and there": {map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, "open_clip_config.json": `{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "bert", "tokenizer_kwargs": {"clean": "canonicalize"}}}}`},
			"vocab.txt", "canonicalize", ""},
		"default cleaning":   {map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, "open_clip_config.json": `{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "bert"}}}`}, "vocab.txt", "whitespace", ""},
		"unknown cleaning":   {map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, "open_clip_config.json": `{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "bert", "tokenizer_kwargs": {"clean": "soap"}}}}`}, "", "", `"soap" is not known`},
		"unknown option":     {map[string]string{"vocab.txt": "x", "tokenizer_config.json": bert, "open_clip_config.json": `{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "bert", "tokenizer_kwargs": {"strip": true}}}}`}, "", "", "tokenizer_kwargs.strip is not known"},
		"clip and another":   {map[string]string{"spiece.model": "x", "tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer"}`}, "", "", "spiece.model: belongs to another kind of tokenizer than CLIPTokenizer"},
		"clip, but no bpe":   {map[string]string{"tokenizer.json": unigram, "tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer"}`}, "", "", "tokenizer_config.json says CLIPTokenizer, but"},
		"no json":            {map[string]string{"tokenizer.json": "{"}, "", "", "tokenizer.json: "},
		"config is no json":  {map[string]string{"vocab.txt": "x", "tokenizer_config.json": "{"}, "", "", "tokenizer_config.json: "},
		"clip's own config":  {map[string]string{"config.json": `{"model_type": "clip", "text_config": {"vocab_size": 49408}}`, "tokenizer_config.json": `{"tokenizer_class": "CLIPTokenizer"}`}, "", "", ""},
		"open_clip of clips": {map[string]string{"open_clip_config.json": `{"model_cfg": {"text_cfg": {"context_length": 77, "vocab_size": 49408}}}`}, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Read(folder(c.files), "image.onnx", "text.onnx")
			require.NoError(t, err)
			assert.Nil(t, f.Words.Vocab)
			if c.want != "" {
				assert.ErrorContains(t, f.WordsErr, c.want)
				return
			}
			require.NoError(t, f.WordsErr)
			require.Equal(t, c.from != "", f.Words.Library != nil)
			if c.from != "" {
				assert.Equal(t, c.from, f.Words.From)
				assert.Equal(t, c.clean, f.Words.Library.Cleaning)
			}
		})
	}
}

func TestContext(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int
	}{
		"nothing":           {nil, 0},
		"open_clip":         {map[string]string{"open_clip_config.json": `{"model_cfg": {"text_cfg": {"context_length": 64}}}`}, 64},
		"open_clip default": {map[string]string{"open_clip_config.json": `{"model_cfg": {"text_cfg": {}}}`}, 77},
		"clip":              {map[string]string{"config.json": `{"model_type": "clip"}`}, 77},
		"long clip":         {map[string]string{"config.json": `{"model_type": "clip", "text_config": {"max_position_embeddings": 248}}`}, 248},
		"siglip":            {map[string]string{"config.json": `{"model_type": "siglip"}`, "tokenizer.json": unigram}, 64},
		"tokenizer":         {map[string]string{"vocab.txt": "x", "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "model_max_length": 52}`}, 52},
		"no bound":          {map[string]string{"vocab.txt": "x", "tokenizer_config.json": `{"tokenizer_class": "BertTokenizer", "model_max_length": 1000000000000000019884624838656}`}, 0},
		"sentences":         {map[string]string{"sentence_bert_config.json": `{"max_seq_length": 60}`}, 60},
		"immich":            {map[string]string{"config.json": `{"embed_dim": 512, "vision_cfg": {"image_size": 224}, "text_cfg": {"context_length": 32}}`}, 32},
	} {
		f, err := Read(folder(c.files), "image.onnx", "text.onnx")
		require.NoError(t, err, name)
		assert.Equal(t, c.want, f.Words.Context, name)
	}
}

// TestPictures: what prepares pictures is found beside the tower or above it; two files must agree.
func TestPictures(t *testing.T) {
	const squash = `{"size": [64, 64], "resize_mode": "squash"}`
	for name, c := range map[string]struct {
		image  string
		files  map[string]string
		size   int
		err    string
		faults int
	}{
		"none":           {"image.onnx", nil, 0, "", 0},
		"transformers":   {"onnx/vision_model.onnx", map[string]string{"preprocessor_config.json": `{"size": 96, "crop_size": 96}`}, 96, "", 0},
		"immich":         {"visual/model.onnx", map[string]string{"visual/preprocess_cfg.json": squash}, 64, "", 0},
		"open_clip":      {"image.onnx", map[string]string{"open_clip_config.json": `{"preprocess_cfg": ` + squash + `}`}, 64, "", 0},
		"both agree":     {"image.onnx", map[string]string{"preprocessor_config.json": `{}`, "open_clip_config.json": `{"preprocess_cfg": {}}`}, 224, "", 0},
		"both differ":    {"image.onnx", map[string]string{"preprocessor_config.json": `{}`, "open_clip_config.json": `{"preprocess_cfg": ` + squash + `}`}, 224, "", 1},
		"nested":         {"image.onnx", map[string]string{"processor_config.json": `{"processor_class": "CLIPProcessor", "image_processor": {"size": 96, "crop_size": 96}}`}, 96, "", 0},
		"nested twice":   {"image.onnx", map[string]string{"processor_config.json": `{"image_processor": {"size": 96, "crop_size": 96}}`, "preprocessor_config.json": `{}`}, 96, "", 1},
		"nothing nested": {"image.onnx", map[string]string{"processor_config.json": `{"processor_class": "CLIPProcessor", "image_processor": null}`}, 0, "", 0},
		"nested refused": {"image.onnx", map[string]string{"processor_config.json": `{"image_processor": {"do_pad": true}}`}, 0, "processor_config.json: do_pad: true", 0},
		"nested, cut":    {"image.onnx", map[string]string{"processor_config.json": `{"image_processor": {`}, 0, "processor_config.json: unexpected end", 0},
		"one refused":    {"image.onnx", map[string]string{"preprocessor_config.json": `{"do_pad": true}`}, 0, "preprocessor_config.json: do_pad: true", 0},
		"immich refused": {"visual/model.onnx", map[string]string{"visual/preprocess_cfg.json": `{"gamma": 1}`}, 0, "gamma: unknown", 0},
	} {
		f, err := Read(folder(c.files), c.image, "")
		require.NoError(t, err, name)
		if c.err != "" {
			assert.ErrorContains(t, f.PicturesErr, c.err, name)
			continue
		}
		require.NoError(t, f.PicturesErr, name)
		assert.Equal(t, c.size > 0, f.Pictures != nil, name)
		if c.size > 0 {
			assert.Equal(t, c.size, f.Pictures.Size, name)
		}
		assert.Len(t, f.Faults, c.faults, name)
	}
}

// TestSentenceTransformers: a module's folder has the tokenizer, another one the pooling.
func TestSentenceTransformers(t *testing.T) {
	f, err := Read(folder(map[string]string{
		"modules.json": "[]", "0_CLIPModel/config.json": `{"model_type": "chinese_clip", "text_config": {"max_position_embeddings": 52}}`, "0_CLIPModel/preprocessor_config.json": `{"size": 96, "crop_size": 96}`, "0_CLIPModel/vocab.txt": "[PAD]", "0_CLIPModel/tokenizer_config.json": bert,
		"1_Pooling/config.json": `{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}`,
	}), "onnx/vision_model.onnx", "onnx/text_model.onnx")
	require.NoError(t, err)
	require.NoError(t, f.WordsErr)
	assert.Equal(t, []any{"0_CLIPModel/vocab.txt", 96, "mean", 52}, []any{f.Words.From, f.Pictures.Size, f.Pooling, f.Words.Context})
	assert.Empty(t, f.Faults)
	_, err = Read(folder(map[string]string{"1_Pooling/config.json": `{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}`}), "image.onnx", "text.onnx")
	assert.ErrorContains(t, err, "two poolings at once")
}

// FuzzRead: no file of a stranger's folder ends the program.
func FuzzRead(f *testing.F) {
	f.Add(`{"model_type": "clip"}`, `{"tokenizer_class": "X"}`, `{"preprocess_cfg": {}}`, unigram)
	f.Add(`[]`, `1`, `{"size": null}`, ``)
	f.Fuzz(func(t *testing.T, config, tokenizer, pictures, words string) {
		files := map[string]string{"config.json": config, "tokenizer_config.json": tokenizer, "open_clip_config.json": pictures, "preprocessor_config.json": pictures, "tokenizer.json": words}
		got, err := Read(folder(files), "image.onnx", "text.onnx")
		assert.True(t, (got == nil) == (err != nil))
	})
}
