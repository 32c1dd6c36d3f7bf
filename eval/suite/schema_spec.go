package suite

import (
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/internal/strictyaml"
)

// specRules are the schema's rules for a variant's keys.
func specRules() map[string]strictyaml.Rule {
	doc := func(text string, examples ...string) strictyaml.Rule {
		return strictyaml.Rule{Doc: text, Examples: examples}
	}
	return map[string]strictyaml.Rule{
		"Spec.name":             doc("The variant's name in results, such as onnx16/mini."),
		"Spec.model":            doc("A built-in model, a folder beside the suite with image.onnx and text.onnx, or a reference: hf:OWNER/NAME, open_clip:ARCH:TAG.", "mini"),
		"Spec.image":            doc("The image tower's file in the model's folder, or its name on the server.", "image.onnx"),
		"Spec.text":             doc("The text tower's file in the model's folder, or its name on the server.", "text.onnx"),
		"Spec.runtime":          {Doc: "What runs the model. precomputed reads embeddings from the folder that model names.", Enum: append(encoders.Runtimes(), encoders.Precomputed)},
		"Spec.url":              doc("The server's address, for runtime oip.", "http://127.0.0.1:8000"),
		"Spec.input":            {Doc: "What the image tower takes: pixels that fastclip prepares, or whole files.", Enum: []string{encoders.InputPixels, encoders.InputFiles}},
		"Spec.command":          doc("The command that starts a server for runtime oip, as an alternative to url. It runs in the suite's folder."),
		"Spec.provider":         doc("The execution provider: cpu, cuda, tensorrt, or another that the runtime knows.", "cpu", "cuda", "tensorrt"),
		"Spec.precision":        doc("The precision of the weights in the files. PyTorch converts them to it.", encoders.Precisions()...),
		"Spec.preprocess":       {Doc: "The preprocessing pipeline. model is the model's own, and the default if its folder describes it.", Enum: append([]string{"model", ""}, pipelines.Names()...)},
		"Spec.tokenizer":        {Doc: "How CLIP's texts are cleaned before they are cut into tokens.", Enum: []string{"openai", "hf"}},
		"Spec.context":          strictyaml.Between(2, encoders.MaxContext, "Number of ids per text. Default: as many as the model takes."),
		"Spec.batch":            strictyaml.Between(1, encoders.MaxBatch, "Items per call of the runtime. Default: 32."),
		"Spec.threads":          strictyaml.Between(1, encoders.MaxThreads, "Threads per call. Default: 1."),
		"Spec.trim":             doc("Cut each batch of texts to the length of its longest text."),
		"Spec.optional":         doc("The run does not fail if the variant is unavailable on a machine."),
		"Spec.deadlines":        doc("Time limits for the processes that the variant starts on this machine."),
		"Spec.options":          doc("Options of the runtime, such as session config entries of ONNX Runtime."),
		"Deadlines.start":       doc("Longest time until the adapter is ready. Default: 10m."),
		"Deadlines.no_progress": doc("Longest time of a call without an answer or a line of output. Default: 5m."),
		"Deadlines.wall":        doc("Longest time from when the adapter is ready until it ends. Default: no limit."),
	}
}
