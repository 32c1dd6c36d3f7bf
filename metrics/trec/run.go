package trec

import (
	"io"
	"math"
	"strconv"
	"strings"
)

// Run is what a system retrieved for a set of queries.
type Run struct {
	name    string
	id      string // of the last line
	queries map[string]*retrieved
}

// retrieved holds a query's documents, in the order of the file.
type retrieved struct{ docs []doc }

type doc struct {
	name  string
	score float64
	line  int
}

// ReadRun reads a run, one line of "query Q0 document rank score run" each. It ignores Q0, rank and
// everything after the run. The run of the last line is the name for all. It skips empty lines and lines
// that begin with #. Errors name name and the line.
func ReadRun(r io.Reader, name string) (*Run, error) {
	run := &Run{name: name, queries: map[string]*retrieved{}}
	var id string
	var last *retrieved
	in := newLines(r, name)
	for in.next() {
		if len(in.fields) < 6 {
			return nil, in.errorf("%d fields: want query, Q0, document, rank, score and run", len(in.fields))
		}
		if err := in.noNull(); err != nil {
			return nil, err
		}
		score, ok := parseScore(string(in.fields[4]))
		if !ok {
			return nil, in.errorf("score %q: want a number", in.fields[4])
		}
		if last == nil || id != string(in.fields[0]) {
			id = string(in.fields[0])
			if last = run.queries[id]; last == nil {
				last = &retrieved{}
				run.queries[id] = last
			}
		}
		last.docs = append(last.docs, doc{name: string(in.fields[2]), score: score, line: in.number})
		if run.id != string(in.fields[5]) {
			run.id = string(in.fields[5])
		}
	}
	return run, in.end()
}

// parseScore is C's atof for texts that are numbers as a whole. A number that is too large becomes
// infinite, as in C.
func parseScore(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) || math.IsNaN(v) || strings.Contains(s, "_") {
		return 0, false
	}
	return v, true
}
