package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// write stores the run: the embeddings, the tables, and last the marker that the run is finished.
func (r *run) write(dir string) error {
	r.progress.Phase("writing "+dir, 1)
	f, err := store.Create(dir)
	if err != nil {
		return err
	}
	for _, s := range r.sets {
		r.rows.Datasets = append(r.rows.Datasets, r.datasetRow(s))
		r.itemRows(s)
	}
	if err := r.variantRows(); err != nil {
		return err
	}
	for _, x := range r.failures {
		r.rows.Failures = append(r.rows.Failures, store.Failure{RunID: r.id, Dataset: x.Dataset, Item: x.Item, Stage: x.Stage, Reason: x.Reason})
	}
	r.rows.Run = r.runRow()
	var g errgroup.Group // the tables of the queries take as long as all embeddings
	g.Go(func() error { return r.writeEmbeddings(f) })
	g.Go(func() error { return f.Save(&r.rows, r.queries...) })
	if err := g.Wait(); err != nil {
		return err
	}
	return f.Finish(r.id)
}

func (r *run) writeEmbeddings(f *store.Folder) error {
	for _, s := range r.sets {
		for _, v := range r.variants {
			if !v.OK() {
				continue
			}
			if err := writeEmbeddings(f, s, v); err != nil {
				return fmt.Errorf("variant %s: %w", v.Spec.Name, err)
			}
			s.Rest()
		}
	}
	return nil
}

func (r *run) itemRows(s *embed.Set) {
	for _, im := range s.Good {
		r.rows.Items = append(r.rows.Items, store.Item{RunID: r.id, Dataset: s.Spec.Name, Modality: "image", ID: im.ID, Labels: im.Labels})
	}
	for _, t := range s.Texts {
		r.rows.Items = append(r.rows.Items, store.Item{RunID: r.id, Dataset: s.Spec.Name, Modality: "text", ID: t.ID, Text: t.Text, Labels: t.Labels, Images: t.Images})
	}
}

func writeEmbeddings(f *store.Folder, s *embed.Set, v *variants.Variant) error {
	images := make([]string, len(s.Good))
	for i, im := range s.Good {
		images[i] = im.ID
	}
	if err := f.WriteEmbeddings(v.Spec.Name, s.Spec.Name, "image", embeddingRows(images, s.ImageEmb[v.ImageKey])); err != nil {
		return err
	}
	if v.Info.ImageOnly {
		return nil
	}
	texts := make([]string, len(s.Texts))
	for i, t := range s.Texts {
		texts[i] = t.ID
	}
	if err := f.WriteEmbeddings(v.Spec.Name, s.Spec.Name, "text", embeddingRows(texts, s.TextEmb[v.TextKey])); err != nil || s.Zero == nil {
		return err
	}
	return f.WriteEmbeddings(v.Spec.Name, s.Spec.Name, "prompt", embeddingRows(s.Zero.Prompts, s.Zero.Emb[v.TextKey]))
}

func embeddingRows(ids []string, e encoders.Embeddings) []store.Embedding {
	rows := make([]store.Embedding, len(ids))
	for i, id := range ids {
		rows[i] = store.Embedding{ID: id, Embedding: e.Row(i)}
	}
	return rows
}

func (r *run) variantRows() error {
	for _, v := range r.variants {
		sp, in := v.Spec, v.Info
		row := store.Variant{
			RunID: r.id, Variant: sp.Name, IsReference: v == r.ref, Status: v.Status, Reason: v.Reason,
			Model: cmp.Or(in.Model, sp.Model, variants.ServedModels(sp)), ModelSHA256: in.ModelSHA256, ImageFile: cmp.Or(in.ImageFile, sp.Image), TextFile: textFile(sp, in), ImageSHA256: in.ImageSHA256, TextSHA256: in.TextSHA256,
			Runtime: sp.Runtime, RuntimeVersion: in.RuntimeVersion, Provider: sp.Provider, Precision: sp.Precision,
			Preprocess: sp.Preprocess, Tokenizer: sp.Tokenizer, Dim: int64(in.Dim),
			Batch: int64(sp.Batch), Threads: int64(sp.Threads), Trim: sp.Trim, RandomSeed: in.RandomSeed,
		}
		options, err := sp.UsedOptions()
		if err != nil {
			return fmt.Errorf("variant %s: options: %w", sp.Name, err)
		}
		row.Options, row.Retries, row.ProviderVersion = &options, r.retries.Of(v), &in.Accelerators
		quantizedColumns(v, &row)
		row.Faults, row.Optional = r.faults[v], &sp.Optional
		if v.Tok != nil && !in.ImageOnly {
			row.Context = ptr(int64(v.Context))
			for _, s := range r.sets {
				if n := s.CutOf(v); n != nil {
					row.TextsCut = ptr(*n + value(row.TextsCut))
				}
			}
		}
		if v.Enc != nil {
			row.Input = &sp.Input
		}
		switch {
		case in.Files:
			row.Preprocess, row.EncoderPreprocess = "none", &in.Preprocess
		case v.Pipe != nil:
			row.PreprocessKey, row.Decoder = v.Pipe.Key(), v.Pipe.Decoder.Name()
		}
		if err := v.ProvenOn(&row); err != nil {
			return err
		}
		r.rows.Variants = append(r.rows.Variants, row)
	}
	return nil
}

func (r *run) runRow() store.Run {
	status := store.StatusOK
	if len(r.failures) > 0 {
		status = store.StatusFailed
	}
	for _, v := range r.rows.Variants {
		if v.Failed() {
			status = store.StatusFailed
		}
	}
	class, features := r.host.Processor.Class(), strings.Join(r.host.Processor.Features(), " ")
	h, skip := r.host, strings.Join(slices.Sorted(slices.Values(r.suite.Skip)), ",")
	mixed := slices.ContainsFunc(r.workers, func(d tasks.Done) bool { return r.tasks.Place.Differs(d.Place) != nil })
	return store.Run{
		NoFloor: r.noFloor(), Mixed: &mixed, After: r.after, Skip: &skip, CPUClass: &class, CPUFeatures: &features, GPU: &r.host.GPU, GPUDriver: &r.host.Driver,
		RunID: r.id, StartedAt: r.started, FinishedAt: time.Now().UTC(), ToolVersion: r.cfg.Tool, ToolCommit: r.cfg.Commit, SchemaVersion: store.SchemaVersion,
		Suite: r.suite.Name, SuiteSHA256: r.suite.SHA256, PlanSHA256: r.plan, Host: h.Name, OS: h.OS, Arch: h.Arch, CPUModel: h.CPU,
		Cores: int64(h.Cores), MemoryBytes: h.MemoryBytes, Threads: int64(r.threads()), Status: status,
	}
}

// textFile is the file of the text tower. An image tower alone has none.
func textFile(sp encoders.Spec, in encoders.Info) string {
	if in.ImageOnly {
		return ""
	}
	return cmp.Or(in.TextFile, sp.Text)
}

// value is what a pointer points to, or 0.
func value(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}

func ptr[T any](v T) *T { return &v }
