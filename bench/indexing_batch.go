package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// indexingRow is a row of the result that is being measured.
type indexingRow struct {
	IndexingRow
	v       *variants.Variant
	docs    *documents
	queries map[string][][]float32 // by the documents' modality; the variant's rows share them
	name    string                 // name of the collection
	index   indexes.Index
	next    int // number of the next document
	ids     []string
	vectors [][]float32 // vectors sent so far, for an exact search; nil if the database computes the embeddings
	spent   time.Duration
	look    int
	done    bool
}

func (x *indexingRow) fail(err error) {
	x.Status, x.Reason, x.done = variants.StatusOf(err), variants.Reason(err), true
}

// batch adds the next documents and records the time of each phase.
func (x *indexingRow) batch(ctx context.Context, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	b := &docBatch{row: x, took: map[string]time.Duration{}}
	for i := range x.Batch {
		b.numbers = append(b.numbers, x.next+i)
	}
	x.next += x.Batch
	for _, phase := range x.Phases {
		start := time.Now()
		err := b.do(ctx, phase)
		b.took[phase] = time.Since(start)
		if err != nil {
			x.fail(fmt.Errorf("%s: %w", phase, err))
			return
		}
	}
	total := time.Duration(0)
	for _, phase := range x.Phases {
		x.Series[phase] = append(x.Series[phase], b.took[phase])
		total += b.took[phase]
	}
	x.Total, x.Items = append(x.Total, total), append(x.Items, len(b.out))
	x.spent += total
	x.Documents += len(b.out)
	for _, d := range b.out {
		x.ids = append(x.ids, d.ID)
		if d.Vector != nil {
			x.vectors = append(x.vectors, d.Vector)
		}
	}
}

// settle decides whether the row has been measured long enough.
func (x *indexingRow) settle(b suite.Bench, least int) {
	if x.done {
		return
	}
	n, over := len(x.Total), x.spent >= b.MaxTime
	enough := x.Documents >= least && n >= leastBatches && x.spent >= b.MinTime
	if !over && (!enough || n < x.look) {
		return
	}
	x.look = n + max(4, n/8)
	x.Warmup = 0
	x.Steadiness = stats.Steady(x.PerDocument(""))
	x.Short = n < leastBatches
	x.done = over || x.Steady || x.Shape == stats.ShapeStalls || x.Shape == stats.ShapeModes
}

// docBatch is a batch of documents on its way into the database.
type docBatch struct {
	row     *indexingRow
	numbers []int
	took    map[string]time.Duration

	data   [][]byte
	pics   []*picture.Picture
	pixels []float32
	tokens encoders.Tokens
	emb    encoders.Embeddings
	out    []indexes.Document
}

func (b *docBatch) do(ctx context.Context, phase string) error {
	switch phase {
	case store.PhaseLoad:
		return b.load(ctx)
	case store.PhaseDecode:
		return b.decode(ctx)
	case store.PhasePreprocess:
		return b.preprocess(ctx)
	case store.PhaseTokenize:
		var err error
		b.tokens, err = b.row.v.Tokens(ctx, b.row.docs.textsOf(b.numbers))
		return err
	case store.PhaseEncode:
		return b.encode(ctx)
	case store.PhaseToOutput:
		for i, v := range encoders.ToOutput(b.emb) {
			b.out = append(b.out, indexes.Document{ID: b.row.docs.id(b.row.Modality, b.numbers[i]), Vector: v})
		}
	case store.PhaseIndex:
		if b.row.v.Enc == nil {
			b.out = b.row.docs.unembedded(b.row.Modality, b.numbers)
		}
		return b.row.index.Add(ctx, b.out)
	}
	return nil
}

func (b *docBatch) load(ctx context.Context) error {
	return b.each(ctx, func(_, n int) error {
		data, err := b.row.docs.load(ctx, n)
		if err == nil {
			b.data = append(b.data, data)
		}
		return err
	})
}

func (b *docBatch) decode(ctx context.Context) error {
	return b.each(ctx, func(i, _ int) error {
		pic, err := b.row.v.Pipe.Decoder.Decode(b.data[i])
		if err == nil {
			b.pics = append(b.pics, pic)
		}
		return err
	})
}

func (b *docBatch) preprocess(ctx context.Context) error {
	n := b.row.v.Pipe.Len()
	b.pixels = make([]float32, 0, n*len(b.pics))
	return b.each(ctx, func(i, _ int) error {
		at := len(b.pixels)
		err := b.row.v.Pipe.Transform.Apply(b.pics[i], b.pixels[at:at+n], nil)
		if err == nil {
			b.pixels = b.pixels[:at+n]
		}
		return err
	})
}

// each calls a function for every document. A document whose image cannot be used is named and left out.
func (b *docBatch) each(ctx context.Context, do func(i, n int) error) error {
	var kept []int
	for i, n := range b.numbers {
		err := do(i, n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			b.row.docs.skip(n, err)
			continue
		}
		kept = append(kept, n)
	}
	if b.numbers = kept; len(kept) == 0 {
		return errors.New("no image of the batch could be used")
	}
	return nil
}

func (b *docBatch) encode(ctx context.Context) (err error) {
	if b.row.Modality == store.TowerText {
		b.emb, err = b.row.v.Enc.EncodeTexts(ctx, b.tokens)
		return err
	}
	b.emb, err = b.row.v.Enc.EncodeImages(ctx, encoders.Pixels{N: len(b.numbers), Size: b.row.v.Info.ImageSize, Data: b.pixels})
	return err
}
