// Package encoders turns preprocessed pictures and token ids into embeddings.
//
// An Encoder is what a Spec opens: a model, a runtime, a provider, a precision.
// Decorators (Batched, Trimmed, Checked) change one thing about an Encoder each.
package encoders

import (
	"context"
	"errors"
)

// Pixels is a batch of preprocessed pictures: float32, N x 3 x Size x Size, row-major. For an encoder that
// takes files (Info.Files) it is N unchanged picture files, without Data.
type Pixels struct {
	N, Size int
	Data    []float32
	Files   [][]byte
}

// Slice is the pictures [from, to).
func (p Pixels) Slice(from, to int) Pixels {
	if p.Files != nil {
		return Pixels{N: to - from, Size: p.Size, Files: p.Files[from:to]}
	}
	one := 3 * p.Size * p.Size
	return Pixels{N: to - from, Size: p.Size, Data: p.Data[from*one : to*one]}
}

// NoisePixels are n different tensors, always the same, in the range of CLIP's normalisation.
func NoisePixels(n, size int) Pixels {
	px := Pixels{N: n, Size: size, Data: make([]float32, n*3*size*size)}
	state := uint32(1)
	for i := range px.Data {
		state = state*1664525 + 1013904223
		px.Data[i] = float32(state>>8)/float32(1<<24)*4 - 2
	}
	return px
}

// Embeddings is a batch of raw embeddings as the model gave them, not normalised:
// float32, N x Dim, row-major.
type Embeddings struct {
	N, Dim int
	Data   []float32
}

// Row is embedding i; it shares memory with e.
func (e Embeddings) Row(i int) []float32 { return e.Data[i*e.Dim : (i+1)*e.Dim] }

// Encoder is one opened variant. Both Encode methods may be called concurrently, return
// one embedding per input in the same order, and stop when ctx ends.
type Encoder interface {
	Info() Info
	EncodeImages(ctx context.Context, px Pixels) (Embeddings, error)
	EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error)
	Close() error
}

// Info says what an Encoder really is, as its files and its runtime show.
type Info struct {
	Dim            int    // length of an embedding
	ImageSize      int    // side of the input pictures in pixels
	RuntimeVersion string // version of the runtime that was loaded
	Accelerators   string // libraries that its provider loaded, with versions (machine.Accelerators)
	Files          bool   // it takes picture files and prepares them itself
	Preprocess     string // its own description of how it prepares them
	// Hashes of the towers' files, and of both together.
	ImageSHA256, TextSHA256, ModelSHA256 string
	Model                                string // the reference by which it was found, with a pinned revision; "" for a folder
	Inputs                               Inputs `json:"-"` // what its files say about the inputs
	ImageFile, TextFile                  string // the towers' files; "" for a server
	ImageOnly                            bool   // it has no text tower
	TextLength                           int    // number of ids in a row, if the text tower takes no other; otherwise 0
	Samples                              bool   // its image tower takes 8-bit samples and normalises them itself
	TakesMask                            bool   // its text tower is told which ids are padding
	Quantized                            Quantized
	Faults                               []string // contradictions between its files, or between files and graphs
	RandomSeed                           *int64   // seed of weights that were never trained, whose scores mean nothing; otherwise nil
	// ImageKey and TextKey name everything that an embedding depends on besides its input: model bytes,
	// runtime, version, provider, its libraries, threads, batch and options.
	ImageKey, TextKey string
}

// ErrNoText is returned for texts when the model has only an image tower.
var ErrNoText = errors.New("the model has only an image tower, so it can be searched only from image to image")

// AcceleratorsKey ends the key of what ran on a provider with its own libraries, because numbers depend on
// their versions.
func (i Info) AcceleratorsKey() string {
	if i.Accelerators == "" {
		return ""
	}
	return "/on " + i.Accelerators
}
