package trec

import (
	"io"
	"math"
	"strconv"
)

// Qrels holds the judgements of a set of queries.
type Qrels struct {
	name    string
	queries map[string]*judged
}

// judged holds a query's judgements by document. A negative judgement means that the document was chosen
// for judging but not judged.
type judged struct{ docs map[string]int32 }

// relevant counts the documents judged at level or above.
func (j *judged) relevant(level int) (n int) {
	for _, rel := range j.docs {
		if rel >= 0 && int(rel) >= level {
			n++
		}
	}
	return n
}

// ReadQrels reads judgements, one line of "query iteration document judgement" each. It ignores the
// iteration, and skips empty lines and lines that begin with #. Errors name name and the line. A document
// that is judged twice for a query is an error.
func ReadQrels(r io.Reader, name string) (*Qrels, error) {
	q := &Qrels{name: name, queries: map[string]*judged{}}
	var id string
	var last *judged
	in := newLines(r, name)
	for in.next() {
		if len(in.fields) != 4 {
			return nil, in.errorf("%d fields: want query, iteration, document and judgement", len(in.fields))
		}
		if err := in.noNull(); err != nil {
			return nil, err
		}
		rel, err := strconv.ParseInt(string(in.fields[3]), 10, 64)
		if err != nil || rel > math.MaxInt32 || rel < math.MinInt32 {
			return nil, in.errorf("judgement %q: want a whole number of 32 bits", in.fields[3])
		}
		if last == nil || id != string(in.fields[0]) {
			id = string(in.fields[0])
			if last = q.queries[id]; last == nil {
				last = &judged{docs: map[string]int32{}}
				q.queries[id] = last
			}
		}
		doc := string(in.fields[2])
		before := len(last.docs)
		last.docs[doc] = int32(rel)
		if len(last.docs) == before {
			return nil, in.errorf("document %q is judged twice for query %q", doc, id)
		}
	}
	return q, in.end()
}
