// Package timing measures how long each phase of each variant takes.
package timing

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/progress"
	"github.com/fastclip/fastclip/internal/store"
)

// Input is what to time: the variants of a group, which are in memory together.
type Input struct {
	RunID    string
	Timing   suite.Timing
	Set      *embed.Set
	Variants []*variants.Variant
	Group    int           // number of the group
	Timeout  time.Duration // of a call
	Progress *progress.Progress
}

// timer times the phases of every variant in turn, round after round, so that a slow minute of the machine
// affects all equally. Work that variants share is timed once a round and stands in the rows of each. So
// two variants with the same decoder do not differ in decode.
type timer struct {
	Input
	rows  []store.Timing
	texts []string
	rep   int
	warm  bool

	good   []datasets.Image // the pictures that are timed
	files  [][]byte
	pics   map[string][]*picture.Picture
	pixels map[string][]float32
	done   map[string]bool // work done in this round
	times  map[string]time.Duration
	calls  map[string]int           // number of calls behind times
	server map[string]time.Duration // part of times that a server says it computed

	timed   []timedPicture
	decoded map[string]*picture.Picture // decoded timed pictures, by decoder and format; nil when the decoder cannot
}

// Measure times the variants. Repetitions are numbered across all groups, so rows with the same number
// belong to one round.
func Measure(ctx context.Context, in Input) ([]store.Timing, error) {
	rounds := in.Timing.Warmup + in.Timing.Rounds
	b := &timer{Input: in}
	in.Progress.Phase(fmt.Sprintf("timing (%d variants)", len(in.Variants)), rounds)
	in.Progress.Within(variants.Patience(in.Timeout))
	if err := b.pictures(); err != nil {
		return nil, fmt.Errorf("timing: %w", err)
	}
	b.choose(ctx)
	n := len(b.good)
	for i := range n {
		b.texts = append(b.texts, in.Set.Texts[i%len(in.Set.Texts)].Text)
	}
	for i := range rounds {
		b.rep, b.warm = in.Group*rounds+i, i >= in.Timing.Warmup
		if err := b.round(ctx, n); err != nil {
			return b.rows, fmt.Errorf("timing: %w", err)
		}
		in.Progress.Add(1)
	}
	return b.rows, nil
}

func (b *timer) round(ctx context.Context, n int) error {
	b.pics, b.pixels = map[string][]*picture.Picture{}, map[string][]float32{}
	b.done, b.calls = map[string]bool{}, map[string]int{}
	b.times, b.server = map[string]time.Duration{}, map[string]time.Duration{}
	runtime.GC() // collect the last round's garbage now, and not in the middle of this round
	for _, i := range order(len(b.Variants), b.rep) {
		v := b.Variants[i]
		if !v.OK() {
			continue
		}
		b.Progress.On(v.Spec.Name)
		if err := b.variant(ctx, v, n); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v.Fail(err)
		}
	}
	return nil
}

func (b *timer) variant(ctx context.Context, v *variants.Variant, n int) error {
	dec, pipe := v.Pipe.Decoder.Name(), v.Pipe.Key()
	var out encoders.Embeddings
	steps := []struct {
		phase, modality, key string
		batch                int
		do                   func() error
	}{
		{store.PhaseLoad, "image", "", 1, func() error { return b.load(ctx, n) }},
		{store.PhaseDecode, "image", dec, 1, func() error { return b.decode(v, dec) }},
		{store.PhasePreprocess, "image", pipe, 1, func() error { return b.preprocess(v, dec, pipe) }},
		{store.PhaseEncode, "image", v.Info.ImageKey, v.Spec.Batch, func() (err error) {
			out, err = v.Enc.EncodeImages(ctx, v.Pixels(n, b.pixels[pipe], b.files))
			return err
		}},
		{store.PhaseToOutput, "image", v.Info.ImageKey, v.Spec.Batch, func() error { encoders.ToOutput(out); return nil }},
		{store.PhaseTokenize, "text", v.Tok.Key(), 1, func() error { _, err := v.Tokens(ctx, b.texts); return err }},
	}
	if v.Info.ImageOnly {
		steps = steps[:len(steps)-1] // it takes no texts
	}
	for _, s := range steps {
		if v.Info.Files && (s.phase == store.PhaseDecode || s.phase == store.PhasePreprocess) {
			continue // encode includes these steps
		}
		if err := b.measure(ctx, v, s.phase, s.modality, s.key, s.batch, n, s.do); err != nil {
			return err
		}
	}
	if err := b.transforms(ctx, v); err != nil {
		return err
	}
	if v.Info.ImageOnly {
		return nil
	}
	tk, err := v.Tokens(ctx, b.texts)
	if err != nil {
		return err
	}
	var text encoders.Embeddings
	err = b.measure(ctx, v, store.PhaseEncode, "text", v.Info.TextKey, v.Spec.Batch, n, func() (err error) {
		text, err = v.Enc.EncodeTexts(ctx, tk)
		return err
	})
	if err != nil {
		return err
	}
	return b.measure(ctx, v, store.PhaseToOutput, "text", v.Info.TextKey, v.Spec.Batch, n, func() error { encoders.ToOutput(text); return nil })
}

// shortest is the least duration of a repetition of encode. A few milliseconds of a small model are noisy,
// so a short call is repeated.
const shortest = 40 * time.Millisecond

// measure times do, unless a variant with the same key has been timed in this round.
func (b *timer) measure(ctx context.Context, v *variants.Variant, phase, modality, key string, batch, items int, do func() error) error {
	key = phase + "/" + modality + "/" + key
	if !b.done[key] {
		b.Progress.Alive() // before the clock starts
		said := func() {}
		if phase == store.PhaseEncode {
			said = b.watch(ctx, v, modality, key)
		}
		start := time.Now()
		for b.times[key] == 0 || phase == store.PhaseEncode && b.times[key] < shortest {
			if err := do(); err != nil {
				return err
			}
			b.times[key] = max(time.Since(start), 1)
			b.calls[key]++
		}
		b.done[key] = true
		said()
	}
	var server *int64
	if took, ok := b.server[key]; ok {
		ns := took.Nanoseconds()
		server = &ns
	}
	b.rows = append(b.rows, store.Timing{
		RunID: b.RunID, Variant: v.Spec.Name, Phase: phase, Modality: modality, Batch: int64(batch),
		Rep: int64(b.rep), Group: int64(b.Group), Items: int64(items * b.calls[key]), NS: b.times[key].Nanoseconds(), ServerNS: server, Warm: b.warm, Threads: int64(v.Spec.Threads),
	})
	return nil
}

// watch reads the clock of an encoder's server. The function it returns reads the clock again, and records
// what the server computed in between.
func (b *timer) watch(ctx context.Context, v *variants.Variant, modality, key string) func() {
	clock, ok := encoders.As[encoders.ServerClock](v.Enc)
	if !ok {
		return func() {}
	}
	read := func() (time.Duration, bool) {
		image, text, ok := clock.ServerTime(ctx)
		if modality == "text" {
			return text, ok
		}
		return image, ok
	}
	before, said := read()
	return func() {
		// A server that counts other callers too, or lies, may tell of more than the whole call took.
		if after, ok := read(); ok && said && after > before && after-before <= b.times[key] {
			b.server[key] = after - before
		}
	}
}
