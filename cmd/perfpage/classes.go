package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/isa"
)

// classesSection times our own kernels on each instruction set that the machine has, the widest first, in turn.
func classesSection() section {
	s := section{id: "classes", title: "Our own kernels by instruction set", needs: []string{"photo.jpg"},
		text: "The same work with `FASTCLIP_ISA` at each set that this processor has, in turn: preprocessing of a decoded JPEG of 640x425 and of its file, and the scoring of 1,000 pictures with 5,000 captions. " +
			"The factor is the median over the rounds, to the widest set of the same round. ONNX Runtime picks its kernels by itself and cannot be held to a set: times of encoders are those of the class that the machine's line names."}
	t := &perSet{}
	sets := isa.Names()
	slices.Reverse(sets)
	for _, name := range sets {
		s.rows = append(s.rows, row{name, 5, "", "export FASTCLIP_ISA=" + name + "; fastclip bench preprocess --image photo.jpg --only original_clip,hf_processor --json && fastclip bench scoring --images 1000 --rounds 3 --json", t.of(name, sets[0])})
	}
	return s
}

// perSet is what every job took, by instruction set and round, in ms.
type perSet struct {
	ms map[string]map[string][]float64
}

// of reads the rows that the benchmarks print, and shows each job's median with its factor to the widest set.
func (p *perSet) of(name, widest string) showing {
	return func(_ string, stdout []byte, _ used) (string, error) {
		if p.ms == nil {
			p.ms = map[string]map[string][]float64{}
		}
		if p.ms[name] == nil {
			p.ms[name] = map[string][]float64{}
		}
		var jobs []string
		for lines := bufio.NewScanner(bytes.NewReader(stdout)); lines.Scan(); {
			var r struct {
				Variant, Phase string
				MS             float64 `json:"ms_median"`
			}
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				return "", fmt.Errorf("%q: %w", lines.Text(), err)
			}
			job := strings.TrimSpace(r.Phase + " " + r.Variant)
			p.ms[name][job] = append(p.ms[name][job], r.MS)
			jobs = append(jobs, job)
		}
		var shown []string
		for _, job := range jobs {
			text, own := fmt.Sprintf("%s %.3g ms", job, middle(p.ms[name][job])), p.ms[name][job]
			if best := p.ms[widest][job]; name != widest && len(best) >= len(own) {
				factors := make([]float64, len(own))
				for i := range own {
					factors[i] = own[i] / best[i]
				}
				text += fmt.Sprintf(" (%.2f)", middle(factors))
			}
			shown = append(shown, text)
		}
		return strings.Join(shown, ", "), nil
	}
}
