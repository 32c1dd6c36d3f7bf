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
		"Spec.runtime":          {Doc: "What runs the model; precomputed reads embeddings out of the folder that model names.", Enum: append(encoders.Runtimes(), encoders.Precomputed)},
		"Spec.url":              doc("The server's address, for runtime oip.", "http://127.0.0.1:8000"),
		"Spec.input":            {Doc: "What the image tower takes: pixels that fastclip prepares, or whole files.", Enum: []string{encoders.InputPixels, encoders.InputFiles}},
		"Spec.command":          doc("The command that starts a server of runtime oip, in the suite's folder, in place of a url."),
		"Spec.provider":         doc("The execution provider: cpu, cuda, tensorrt, or another that the runtime knows.", "cpu", "cuda", "tensorrt"),
		"Spec.precision":        doc("The precision of the weights, as the files were made; PyTorch casts.", encoders.Precisions()...),
		"Spec.preprocess":       {Doc: "The preprocessing pipeline; model is the model's own, and the default where its folder says it.", Enum: append([]string{"model", ""}, pipelines.Names()...)},
		"Spec.tokenizer":        {Doc: "How CLIP's texts are cleaned before they are cut into tokens.", Enum: []string{"openai", "hf"}},
		"Spec.context":          strictyaml.Between(2, encoders.MaxContext, "Ids in a row of a text: as many as the model takes without it."),
		"Spec.batch":            strictyaml.Between(1, encoders.MaxBatch, "Items in a call of the runtime: 32 without it."),
		"Spec.threads":          strictyaml.Between(1, encoders.MaxThreads, "Threads of a call: 1 without it."),
		"Spec.trim":             doc("Cut each batch of texts after the end of its longest."),
		"Spec.optional":         doc("That the variant is unavailable on a machine is no failure of the run."),
		"Spec.deadlines":        doc("How long what the variant starts on this machine may take."),
		"Spec.options":          doc("Options of the runtime, such as session config entries of ONNX Runtime."),
		"Deadlines.start":       doc("Until the adapter is ready: 10m without it."),
		"Deadlines.no_progress": doc("Of a call without an answer or a line of output: 5m without it."),
		"Deadlines.wall":        doc("From ready to the adapter's end: none without it."),
	}
}
