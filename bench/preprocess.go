package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/bench/peer"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// PreprocessConfig says which decoders and pipelines to time, and how.
type PreprocessConfig struct {
	Path          string // path of the picture
	Data          []byte
	Only          []string // names of pipelines; empty means all, or none if there are Configs
	Configs       []string // paths of models' preprocessing files, each of which is a pipeline
	Peers         []string // commands of other programs that do the same work in turn
	Rounds, Cores int
	ISA           string
	Stderr        io.Writer // for what cannot be measured, with the reason
}

// PreprocessResult is what Preprocess measured.
type PreprocessResult struct {
	Rows     []JobRow
	Compared []PeerRow
	Scaled   []ScalingRow
	Failed   bool // something that is available here failed on this picture
}

// Preprocess times each decoder, each pipeline on the decoded picture, and each pipeline on the file.
func Preprocess(ctx context.Context, cfg PreprocessConfig) (out PreprocessResult, err error) {
	maker := &pipelines.Maker{ISA: cfg.ISA}
	defer func() { err = errors.Join(err, maker.Close()) }()
	b := &preprocessBench{stderr: cfg.Stderr, data: cfg.Data, decoded: map[string]*picture.Picture{}}
	for _, name := range pipelines.Names() {
		if len(cfg.Only)+len(cfg.Configs) > 0 && !slices.Contains(cfg.Only, name) {
			continue
		}
		pipe, err := maker.Lookup(name, pipelines.Options{})
		if err != nil {
			fmt.Fprintf(cfg.Stderr, "%s: %v\n", name, err)
			b.failed = b.failed || !errors.Is(err, machine.ErrUnavailable)
			continue
		}
		b.add(pipe)
	}
	for _, path := range cfg.Configs {
		pipe, err := configured(maker, path)
		if err != nil {
			return out, err
		}
		b.add(pipe)
	}
	jobs := append(append(b.decode, b.transform...), b.file...)
	var peers []*peer.Jobs
	for _, command := range cfg.Peers {
		p, err := peer.StartJobs(ctx, command, cfg.Path, cfg.Stderr)
		if err != nil {
			return out, err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		peers = append(peers, p)
		jobs = append(jobs, peerJobs(p, jobs)...)
	}
	rows, failed, err := TimeJobs(jobs, cfg.Rounds, RunsATurn, ctx.Err)
	if err != nil {
		return out, err
	}
	out.Rows = rows
	for _, p := range peers {
		var more []PeerRow
		out.Rows, more = comparePeer(p, out.Rows)
		out.Compared = append(out.Compared, more...)
	}
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		fmt.Fprintf(cfg.Stderr, "%s: %s: %v\n", cfg.Path, name, failed[name])
	}
	out.Failed = b.failed || len(failed) > 0
	if cfg.Cores > 1 {
		out.Scaled, err = scaleAll(ctx, b.parallel, cfg.Cores)
	}
	return out, err
}

// configured makes the pipeline of a model's preprocessing file. Its name is the path.
func configured(maker *pipelines.Maker, path string) (*preprocess.Pipeline, error) {
	c, err := pipelines.ReadConfig(path)
	if err != nil {
		return nil, err
	}
	pipe, err := maker.Make(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pipe.Name = path
	return pipe, nil
}

// preprocessBench collects the jobs: one per decoder, and two per pipeline.
type preprocessBench struct {
	stderr  io.Writer
	data    []byte
	decoded map[string]*picture.Picture // by decoder; nil if the decoder cannot decode the picture
	failed  bool

	decode, transform, file []Job
	parallel                []parallelJob
}

func (b *preprocessBench) add(pipe *preprocess.Pipeline) {
	dec := pipe.Decoder
	pic, known := b.decoded[dec.Name()]
	if !known {
		var err error
		if pic, err = dec.Decode(b.data); err != nil {
			fmt.Fprintf(b.stderr, "decode %s: %v\n", dec.Name(), err)
			b.failed = true
		}
		b.decoded[dec.Name()] = pic
		if err == nil {
			b.decode = append(b.decode, Job{Variant: dec.Name(), Phase: "decode", Batch: 1, Do: decodeJob(dec, b.data)})
		}
	}
	if pic == nil {
		return
	}
	transform := func() func() error {
		dst := make([]float32, pipe.Len())
		return func() error { return pipe.Transform.Apply(pic, dst, nil) }
	}
	dst := make([]float32, pipe.Len())
	b.transform = append(b.transform, Job{Variant: pipe.Name, Phase: "preprocess", Batch: 1, Do: transform()})
	b.file = append(b.file, Job{Variant: pipe.Name, Phase: "file", Batch: 1, Do: func() error { return pipe.Run(b.data, dst, nil) }})
	b.parallel = append(b.parallel, parallelJob{pipe.Name, transform})
}

// decodeJob decodes into the same memory each time if the decoder can, as a pipeline does.
func decodeJob(dec decode.Decoder, data []byte) func() error {
	if r, ok := dec.(decode.Reuser); ok {
		p := &picture.Picture{}
		return func() error { return r.DecodeInto(p, data) }
	}
	return func() error {
		_, err := dec.Decode(data)
		return err
	}
}
