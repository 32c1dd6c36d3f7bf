package main

// nightlySection is a run with all parts but timing, beside the same run without noise floor and swaps.
func nightlySection() section {
	scores, alone := &walls{}, &walls{}
	const run, again = "fastclip eval nightly.yaml --cache r7/cache --out r7/out", "rm -rf r7"
	return section{id: "nightly", title: "What noise floor and swaps cost", heavy: true, needs: []string{"vit-b-32", "pictures-1024"},
		text: "1,024 JPEGs of 640x425 with a caption each, ViT-B/32 in fp32 and in int8, with an empty cache. The run is without timings. Noise floor and swaps use a sample of the pictures and texts.",
		rows: []row{
			{"scores only", 1, again, run + " --scores-only", scores.note},
			{"ONNX Runtime alone, as many pictures in fp32, two calls at once", 1, "", "echo | uv run -q --script ../../testdata/oracles/ort_alone.py vit-b-32/image.onnx 1024 32 1 2", alone.printed},
			{"all parts but timing", 1, again, run, scores.more("scores only", nil)},
		}}
}
