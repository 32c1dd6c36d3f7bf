package modelcheck

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/onnxfile"
)

type tower int

const (
	imageTower tower = iota
	textTower
)

// graph checks what a file says about itself.
func (r *Report) graph(model *encoders.Model, c card, file string, kind tower) {
	data, _, err := model.Read(file)
	if err != nil {
		r.add(file, "readable", err.Error(), "", Fail)
		return
	}
	f, err := onnxfile.Parse(data)
	if err != nil {
		r.add(file, "readable", err.Error(), "", Fail)
		return
	}
	r.kinds[file] = f.Parameters
	r.claim(file, "opset", fmt.Sprint(max(f.Opsets[""], f.Opsets["ai.onnx"])), number(c.Claims.Opset))
	if own := otherDomains(f); own != "" {
		r.add(file, "operators of", own, "", Note)
	}
	r.claim(file, "parameters", fmt.Sprint(f.All()), number(c.Claims.Parameters[file]))
	r.add(file, "dtypes", dtypes(f), "", Note)
	if label, is := onnxfile.Label(file), f.Weights(); label != "" && is != "" {
		r.add(file, "precision", is, label+" by its name", verdict(onnxfile.Fits(label, is)))
	}
	if q := f.Quantization(); q.Kind != "" {
		r.add(file, "quantization", q.String()+safety(q), "", Note)
	}
	r.add(file, "inputs", ports(f.Inputs), "", Note)
	r.add(file, "outputs", ports(f.Outputs), "", Note)
	r.claim(file, "activation", cmp.Or(f.Activation(), "unknown"), c.Claims.Activation)
	r.axes(c, file, f, kind)
	r.external(file, f)
}

// safety says on which processors a quantized graph's sums can be cut off.
func safety(q onnxfile.Quantization) string {
	if q.CanSaturate() {
		return ": sums can saturate on x86-64 without VNNI"
	}
	return ": safe on every processor"
}

func (r *Report) axes(c card, file string, f *onnxfile.File, kind tower) {
	if len(f.Inputs) == 0 || len(f.Inputs[0].Dims) == 0 {
		r.add(file, "dynamic axes", "no input with a shape", "", Fail)
		return
	}
	dims := f.Inputs[0].Dims
	r.claim(file, "dynamic batch", yes(dims[0].Dynamic()), claimed(c.Claims.AnyBatch))
	if kind == textTower && len(dims) == 2 {
		r.claim(file, "dynamic length", yes(dims[1].Dynamic()), claimed(c.Claims.AnyLength))
	}
	if kind == imageTower && len(dims) == 4 {
		r.claim(file, "image size", dims[3].String(), number(int64(c.Claims.ImageSize)))
	}
}

// external rejects weights outside the folder, because a model must not read other files.
func (r *Report) external(file string, f *onnxfile.File) {
	slices.Sort(f.External)
	for _, path := range slices.Compact(f.External) {
		r.add(file, "external data", path, "", map[bool]string{true: Note, false: Fail}[filepath.IsLocal(filepath.FromSlash(path))])
	}
}

// otherDomains lists the operators beyond ONNX's own that a runtime must provide, with versions.
func otherDomains(f *onnxfile.File) string {
	used := map[string]bool{}
	for op := range f.Ops {
		if at := strings.LastIndexByte(op, '.'); at > 0 {
			used[fmt.Sprintf("%s %d", op[:at], f.Opsets[op[:at]])] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(used)), ", ")
}

func dtypes(f *onnxfile.File) string {
	var out []string
	for name, n := range f.Parameters {
		out = append(out, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

func ports(list []onnxfile.Port) string {
	var out []string
	for _, p := range list {
		out = append(out, fmt.Sprintf("%s %s %v", p.Name, p.Type, p.Dims))
	}
	return strings.Join(out, ", ")
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func yes(v bool) string { return map[bool]string{true: "yes", false: "no"}[v] }

func claimed(v *bool) string {
	if v == nil {
		return ""
	}
	return yes(*v)
}
