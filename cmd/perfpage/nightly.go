package main

import (
	"fmt"

	"github.com/fastclip/fastclip/bench"
)

// nightlySection is a run with all parts but timing, beside the same run without noise floor and swaps, and beside ONNX
// Runtime alone with the same models and calls.
func nightlySection() section {
	scores, all := &walls{}, &walls{}
	const run, again = "fastclip eval nightly.yaml --cache r7/cache --out r7/out", "rm -rf r7 && mkdir r7"
	return section{id: "nightly", title: "A nightly run beside ONNX Runtime alone, and what noise floor and swaps cost", heavy: true, needs: []string{"vit-b-32", "pictures-1024"},
		text: "1,024 JPEGs of 640x425 with a caption each, ViT-B/32 in fp32 and in int8, with an empty cache. The runs are without timings. Noise floor and swaps use a sample of the pictures and texts.\n" +
			"The peer is one process of ONNX Runtime's Python package. It loads every model as often as the run did, also for the proofs and for the noise floor, and repeats every call of the run on both towers: the same shapes, threads and options, as many calls at once, on tensors that are in memory. It does nothing else. Its time is that of its loads and calls, without the start of Python; the run's time is that of its whole process.\n" +
			"The last row is the same with ONNX Runtime as it comes: its own options, so that a call uses all cores, one call after the other.",
		rows: []row{
			{"scores only", 2, again, run + " --scores-only", scores.note},
			{"all parts but timing", 2, again, "FASTCLIP_TRACE=r7/trace.jsonl " + run, scores.beside("scores only", all)},
			{"ONNX Runtime alone, the same models and calls", 2, "", "uv run -q --script ../../testdata/oracles/ort_again.py r7/trace.jsonl 2", all.repeated()},
			{"ONNX Runtime alone with its own options, the same models and calls", 2, "", "uv run -q --script ../../testdata/oracles/ort_again.py r7/trace.jsonl 1 default", all.repeated()},
		}}
}

// beside notes a row's times in own, and shows by how much they exceed those of the same round of another row.
func (w *walls) beside(than string, own *walls) showing {
	return func(work string, out []byte, u used) (string, error) {
		if _, err := own.note(work, out, u); err != nil {
			return "", err
		}
		return fmt.Sprintf("%+.1f s, %+.1f CPU s (%+.0f %%) to %s", middle(less(own.wall, w.wall)), middle(less(own.cpu, w.cpu)), 100*(middle(own.cpu)/middle(w.cpu)-1), than), nil
	}
}

// repeated shows what a peer printed that repeated the row's calls, and the share of its speed that the row reached.
func (w *walls) repeated() showing {
	var took, share []float64
	return func(_ string, stdout []byte, _ used) (string, error) {
		var seconds, loading float64
		var models, calls int
		if _, err := fmt.Sscan(string(stdout), &seconds, &loading, &models, &calls); err != nil {
			return "", fmt.Errorf("the peer printed %q: %w", stdout, err)
		}
		share = append(share, seconds/w.wall[len(share)])
		took = append(took, seconds)
		mid, low, high := bench.Interval(share)
		return fmt.Sprintf("%.1f s, %.1f of it %d loads, then %d calls: the run has %.3f of its speed (%.3f to %.3f)", middle(took), loading, models, calls, mid, low, high), nil
	}
}
