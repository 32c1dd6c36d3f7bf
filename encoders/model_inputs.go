package encoders

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/fastclip/fastclip/encoders/tokenize"
)

// Inputs is what a model's own files say of how its inputs are made.
type Inputs struct {
	// Mean and Std are by channel, where white is 1; Std is 0 where no file says them.
	Mean, Std [3]float32
	// Vocab is the vocabulary of its tokenizer; nil where no file has one, and CLIP's is meant.
	Vocab *tokenize.Vocab
}

// inputs reads preprocessor_config.json or open_clip_config.json, and tokenizer.json or
// vocab.json with merges.txt. A file that is there and cannot be used is an error: inputs made
// in another way than the model was trained on give numbers that look like any others.
func (m *Model) inputs() (in Inputs, err error) {
	if in.Mean, in.Std, err = m.normalisation(); err != nil {
		return in, fmt.Errorf("model %s: %w", m.Name, err)
	}
	if in.Vocab, err = m.vocabulary(); err != nil {
		return in, fmt.Errorf("model %s: its tokenizer is not CLIP's byte-pair encoding: %w", m.Name, err)
	}
	return in, nil
}

func (m *Model) normalisation() (mean, std [3]float32, err error) {
	var config struct {
		HFMean   *[3]float32 `json:"image_mean"`
		HFStd    *[3]float32 `json:"image_std"`
		OpenCLIP struct {
			Mean *[3]float32 `json:"mean"`
			Std  *[3]float32 `json:"std"`
		} `json:"preprocess_cfg"`
	}
	for _, file := range []string{preprocessorConfig, "open_clip_config.json"} {
		data, err := fs.ReadFile(m.fsys, file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return mean, std, err
		}
		if err := json.Unmarshal(data, &config); err != nil {
			return mean, std, fmt.Errorf("%s: %w", file, err)
		}
		switch {
		case config.HFMean != nil && config.HFStd != nil:
			mean, std = *config.HFMean, *config.HFStd
		case config.OpenCLIP.Mean != nil && config.OpenCLIP.Std != nil:
			mean, std = *config.OpenCLIP.Mean, *config.OpenCLIP.Std
		default:
			continue
		}
		if std[0] <= 0 || std[1] <= 0 || std[2] <= 0 {
			return mean, std, fmt.Errorf("%s: standard deviations %v: want three numbers above 0", file, std)
		}
		return mean, std, nil
	}
	return mean, std, nil
}

func (m *Model) vocabulary() (*tokenize.Vocab, error) { return tokenize.LoadFolder(m.fsys) }
