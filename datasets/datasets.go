// Package datasets provides labelled pictures and the texts that search for them: generated scenes, or folders of
// pictures on disk.
package datasets

import (
	"context"
	"iter"
	"path/filepath"
	"slices"
)

// Image is one picture of a set; its bytes are read on demand.
type Image struct {
	ID     string   // unique in the set and stable, "single/000017.jpg"
	Name   string   // path inside the set, slash separated, "000017.jpg"
	Labels []string // what it shows
	Class  int      // for a picture of one class: 1 + its place in Info.Classes; 0 means that its label is its class
	Read   func(ctx context.Context) ([]byte, error)
	Where  Range // where its bytes are, if they are in a file unchanged
	// Sum is the content's part of the set's hash, for pictures whose bytes may change while the
	// content stays. Nil means the SHA-256 of the bytes.
	Sum func(data []byte) ([]byte, error)
}

// Range is a part of a file. Size 0 means the whole file; no name means none.
type Range struct {
	File       string
	From, Size int64
}

// WholeFile is a file by a path that is valid from every folder, or nothing if there is no such path.
func WholeFile(name string) Range {
	name, err := filepath.Abs(name)
	if err != nil {
		return Range{}
	}
	return Range{File: name}
}

// Text is a query.
type Text struct {
	ID, Text string
	Labels   []string // labels that a relevant picture must all show
	Images   []string // IDs of relevant pictures, for captions; empty for label queries
}

// Info describes a set.
type Info struct {
	Name    string
	Arity   string // single, double or triple labels per picture, or "" when they differ
	Licence string
	Hash    string // SHA-256 in hex over all names, contents, labels, texts and classes in their order
	Images  int
	Texts   int
	Blank   int // captions that were left out because they are empty
	// Classes are the names of all classes in the set's own order, including those that no picture shows.
	// Two may share a name. When nil, the labels are the classes.
	Classes []string
	Unnamed int // pictures whose class is a number without a name
	Account Account
	Suspect []Mark // texts that are used, but are probably not what was meant
}

// Dataset is a set of pictures and texts in a fixed order. It is safe for concurrent use. An error in a sequence
// concerns one item, and the sequence goes on unless ctx has ended.
type Dataset interface {
	Info() Info
	Images(ctx context.Context) iter.Seq2[Image, error]
	Texts(ctx context.Context) iter.Seq2[Text, error]
	Close() error
}

// Generated is a set that is expensive to hash. Key stands for its content before anything is read, and Describe
// gives its Info once the hash is known.
type Generated interface {
	Dataset
	Key() string
	Describe(hash string) Info
}

// Relevant tells whether the picture answers the query: the query lists it, or the picture has all labels of the
// query.
func Relevant(t Text, im Image) bool {
	if slices.Contains(t.Images, im.ID) {
		return true
	}
	if len(t.Labels) == 0 {
		return false
	}
	for _, label := range t.Labels {
		if !slices.Contains(im.Labels, label) {
			return false
		}
	}
	return true
}

// Arity is the name for a number of labels per picture.
func Arity(labels int) string {
	return map[int]string{1: "single", 2: "double", 3: "triple"}[labels]
}

// Each yields n items. If the context ends, it stops and yields the context's error.
func Each[T any](ctx context.Context, n int, item func(i int) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range n {
			if err := ctx.Err(); err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(item(i), nil) {
				return
			}
		}
	}
}
