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

// classesSection times our own kernels in turn on each instruction set of this machine, the widest first.
func classesSection() section {
	s := section{id: "classes", title: "Our own kernels by instruction set", needs: []string{"photo.jpg"},
		text: "The same work ran with `FASTCLIP_ISA` set to each instruction set of this processor, in turn. The work is preprocessing a JPEG of 640x425, both decoded and from its file, and scoring 1,000 pictures with 5,000 captions. " +
			"The factor in brackets is the time relative to the widest set in the same round, as the median over the rounds. ONNX Runtime chooses its own kernels and cannot be limited to one set. So the times of encoders on this page are those of the class that the line of the machine names."}
	t := &perSet{}
	sets := isa.Names()
	slices.Reverse(sets)
	for _, name := range sets {
		s.rows = append(s.rows, row{name, 5, "", "export FASTCLIP_ISA=" + name + "; fastclip bench preprocess --image photo.jpg --only original_clip,hf_processor --json && fastclip bench scoring --images 1000 --rounds 3 --json", t.of(name, sets[0])})
	}
	return s
}

// perSet has each job's times in ms, by instruction set and round.
type perSet struct {
	ms map[string]map[string][]float64
}

// of reads the rows that the benchmarks print, and shows each job's median and its factor to the widest set.
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
