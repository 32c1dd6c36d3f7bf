package main

const (
	makeRetrieval = "fastclip datasets make scenes --objects 2 --count 128 --size 640x425 --captions 5 --out retrieval"
	makeViT       = "fastclip models export open_clip:ViT-B-32-quickgelu:random@0 --out vit-b-32 && fastclip models derive vit-b-32"
	clipBenchmark = "uv run -q --no-project --with clip-benchmark==1.6.2 --with open_clip_torch==3.3.0 --with torch==2.15.0 --with torchvision==0.29.2" +
		" --with webdataset==0.2.111 --with requests --with scikit-learn clip_benchmark eval --dataset wds/retrieval --dataset_root retrieval --task zeroshot_retrieval" +
		" --model ViT-B-32-quickgelu --pretrained vit-b-32/open_clip_model.safetensors --num_workers 0 --recall_k 1 5 10"
	towersAlone = "uv run -q --script ../../testdata/oracles/ort_towers.py vit-b-32 retrieval/test/0.tar"
)

// besideNumpy scores in turn with numpy's product, on the widest set and on AVX2. OpenBLAS takes its kernels for Haswell
// where it is told so, and else those for this processor: other settings that some systems make are cleared.
const (
	besideNumpy     = "env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE " + numpyInTurn
	besideNumpyAVX2 = "env -u OPENBLAS_L2_SIZE OPENBLAS_CORETYPE=Haswell FASTCLIP_ISA=avx2 " + numpyInTurn
	numpyInTurn     = "fastclip bench scoring --rounds 5 --peer 'uv run -q --script ../../testdata/oracles/numpy_matmul.py'"
)

// besidePeers times the preprocessing of a picture in turn with other programs, on the widest instruction set and on AVX2.
func besidePeers(picture string) string {
	one := "taskset -c 0 fastclip bench preprocess --image " + picture + " --only original_clip,hf_processor,siglip --rounds 12" +
		" --peer 'uv run -q --script ../../testdata/oracles/pillow_peer.py' --peer 'uv run -q --script ../../testdata/oracles/hf_peer.py'"
	return one + " && FASTCLIP_ISA=avx2 " + one
}

// section is a part of the page. It shows the output of one command, or the times of several commands.
type section struct {
	id, title, text string
	heavy           bool     // made only if it is named
	needs           []string // names of things that prepare makes
	command         string   // the page shows its output
	rows            []row    // or the page shows their times
}

// row is a command that is timed as a whole, in a fresh process, and what the page shows of its results.
type row struct {
	label   string
	times   int    // number of runs; 0 means 1
	before  string // command that runs before it, untimed
	command string
	shows   showing
}

// showing extracts from a command's results what the table shows.
type showing func(work string, stdout []byte, u used) (string, error)

// sections is the table of them.
func sections() []section {
	return []section{
		{id: "inference-mini", title: "Inference: mini", command: "fastclip bench inference --batch 1,32 --threads 1"},
		{id: "inference-vit", title: "Inference: ViT-B/32", needs: []string{"vit-b-32", "retrieval"}, heavy: true,
			command: "fastclip bench inference vit-b-32.yaml --batch 1,8 --threads 1 --min-calls 16 --max-time 15s"},
		{id: "preprocess", title: "Preprocessing", needs: []string{"photo.jpg", "picture.png"},
			text:    "The pictures are generated: a JPEG of 640x425 and a PNG of 2162x762 with alpha. [preprocess.md](preprocess.md) has figures for the research notes' own pictures.",
			command: "fastclip bench transforms --image picture.png --image photo.jpg"},
		{id: "preprocess-peers", title: "Preprocessing beside Pillow and hf-processors-rs", needs: []string{"photo.jpg", "picture.png", "drawing.png"},
			text: "The first picture is a PNG of flat colours. The second is a PNG of smooth noise, which takes most of its time to inflate. The third is a JPEG. All programs run on one core. In each turn, each program does each job twice, and the second time is measured. `preprocess` goes from decoded pixels to the tensor, `file` from the file in memory to the tensor. Each picture has two tables; the second uses our kernels for AVX2." +
				" hf-processors-rs has no job `file`: from a file to the tensor, it takes the time of its `decode` plus that of its pipeline.",
			command: besidePeers("drawing.png") + " && " + besidePeers("picture.png") + " && " + besidePeers("photo.jpg")},
		classesSection(),
		{id: "scoring", title: "Scoring beside numpy's product",
			text: "5,000 pictures with 25,000 texts of 512 values. fastclip computes all metrics in both directions with intervals, and writes queries.parquet. The peer is numpy's product of the same matrices. The two take turns, round by round." +
				" In the second table, both use their kernels for AVX2. `CPU` is the time of all threads together. The command clears settings that would keep OpenBLAS from its kernels.",
			command: besideNumpy + " && " + besideNumpyAVX2},
		{id: "indexing-mini", title: "add_documents: mini, sqlite-vec", command: "fastclip bench indexing --only int8/mini --documents 200 --max-time 10s"},
		{id: "indexing-http", title: "add_documents: mini, images over HTTP", command: "fastclip bench indexing --only onnx/mini --documents 200 --max-time 10s --images http --modality image --batch 100,1"},
		{id: "indexing-chroma", title: "add_documents: mini, Chroma", heavy: true, command: "fastclip bench indexing --only onnx/mini --documents 200 --max-time 10s --backend chroma"},
		{id: "indexing-pgvector", title: "add_documents: mini, PostgreSQL with pgvector", heavy: true, command: "fastclip bench indexing --only onnx/mini --documents 200 --max-time 10s --backend pgvector"},
		{id: "indexing-vit", title: "add_documents: ViT-B/32, sqlite-vec", needs: []string{"vit-b-32", "retrieval"}, heavy: true,
			command: "fastclip bench indexing vit-b-32.yaml --only int8/vit-b-32 --documents 100 --max-time 15s"},
		{id: "retrieval", title: "A whole retrieval run", needs: []string{"vit-b-32", "retrieval"}, heavy: true,
			text: "The whole process was timed, from its start to its end, on 128 JPEGs of 640x425 with 5 captions each and ViT-B-32-quickgelu with random weights. Recall is in %." +
				" ONNX Runtime alone runs the same batches of both towers on tensors that are in memory, two calls at once, and does nothing else: it is the floor of a program that uses it.",
			rows: []row{
				{"fastclip, fp32", 3, "rm -rf r1", "fastclip eval retrieval.yaml --scores-only --cache r1/cache --out r1/out", recallOf("r1/out", "onnx/vit-b-32")},
				{"fastclip, int8 (weights of 7 bits, whose sums saturate nowhere)", 3, "rm -rf r2", "fastclip eval retrieval-int8.yaml --scores-only --cache r2/cache --out r2/out", recallOf("r2/out", "int8/vit-b-32")},
				{"ONNX Runtime alone, fp32", 3, "", towersAlone, loadAndRun},
				{"ONNX Runtime alone, int8", 3, "", towersAlone + " .int8-reduce-range", loadAndRun},
				{"CLIP_benchmark 1.6.2, --no_amp", 3, "", clipBenchmark + " --no_amp --output no_amp.json", recallIn("no_amp.json")},
			}},
		{id: "retrieval-amp", title: "The same run by CLIP_benchmark with its defaults (amp)", needs: []string{"vit-b-32", "retrieval"}, heavy: true,
			rows: []row{{"CLIP_benchmark 1.6.2", 1, "", clipBenchmark + " --output amp.json", recallIn("amp.json")}}},
		{id: "retrieval-drift", title: "int8's drift on the same data", needs: []string{"vit-b-32", "retrieval"}, heavy: true,
			command: "fastclip eval vit-b-32.yaml --scores-only --cache r3/cache --out r3/out --fresh > eval.txt && fastclip report r3/out"},
		reuseSection(),
		tenthSection(),
		nightlySection(),
		{id: "memory", title: "Memory and time by the number of items", needs: []string{"items-1000", "items-10000", "items-100000"}, heavy: true,
			text: "Generated pictures of 64x64 with one caption each, int8/mini, with an empty cache. Every caption searches all pictures, and every picture searches all captions and all pictures. Scoring therefore grows with the square of the number of items, and everything else in proportion to it. Parts that took under 2 s are not named.",
			rows: []row{
				{"1,000", 1, "rm -rf r6", "fastclip eval items-1000.yaml --scores-only --cache r6/cache --out r6/out", itemsOf(1_000)},
				{"10,000", 1, "rm -rf r6", "fastclip eval items-10000.yaml --scores-only --cache r6/cache --out r6/out", itemsOf(10_000)},
				{"100,000", 1, "rm -rf r6", "fastclip eval items-100000.yaml --scores-only --cache r6/cache --out r6/out", itemsOf(100_000)},
			}},
		{id: "throughput", title: "The picture rate of a suite run beside ONNX Runtime alone", needs: []string{"vit-b-32", "pictures-512"}, heavy: true,
			text:    "512 JPEGs of 640x425. The suite run loads, decodes and preprocesses files while it encodes others. The peer runs the same model on tensors that are already in memory. The two take turns, round by round.",
			command: "fastclip bench throughput throughput.yaml --rounds 5 --peer 'uv run -q --script ../../testdata/oracles/ort_alone.py vit-b-32/image.onnx'"},
		{id: "encoder", title: "The encoder beside ONNX Runtime alone",
			text:    "`of-ort` is the encoder's throughput as a share of ONNX Runtime's throughput. Both use tensors that are already in memory, and take turns, batch by batch.",
			command: "go test -C ../.. -run '^$' -bench Throughput -benchtime 8x ./encoders"},
	}
}

// prepared has the commands that make the things that sections need.
func prepared() map[string]string {
	items := func(n string) string {
		return "fastclip datasets make scenes --objects 2 --count " + n + " --size 64x64 --captions 1 --out items-" + n
	}
	return map[string]string{
		"retrieval":     makeRetrieval,
		"vit-b-32":      makeViT,
		"photo.jpg":     "uv run -q --no-project --with pillow==13.0.0 python ../../testdata/bench/pictures.py",
		"pictures-512":  "fastclip datasets make scenes --objects 2 --count 512 --size 640x425 --captions 1 --out pictures-512",
		"pictures-1024": "fastclip datasets make scenes --objects 2 --count 1024 --size 640x425 --captions 1 --out pictures-1024",
		"items-1000":    items("1000"), "items-10000": items("10000"), "items-100000": items("100000"),
		"drawing.png": "uv run -q --no-project --with pillow==13.0.0 python ../../testdata/bench/pictures.py",
		"picture.png": "uv run -q --no-project --with pillow==13.0.0 python ../../testdata/bench/pictures.py",
	}
}
