// Package derived makes files that have the same numbers as other files in another order, so that the program contains the numbers only once. For example, an
// optimised graph has the weights of the plain graph, and a checkpoint those of the ONNX files.
package derived

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
)

// Recipe says how to make a file from pieces, one after the other.
type Recipe struct {
	Size   int64   `json:"size"`
	Pieces []Piece `json:"pieces"`
}

// Piece is a range of bytes: of another file in the same folder, or of the recipe itself.
type Piece struct {
	From  string `json:"from,omitempty"`
	At    int    `json:"at,omitempty"`
	Count int    `json:"count,omitempty"` // in bytes
	// Columns is not 0 if the other file has a matrix of 4-byte numbers transposed. It is the number of columns in this file.
	Columns int    `json:"columns,omitempty"`
	Own     []byte `json:"own,omitempty"`
}

// Make makes the file. read returns the bytes of other files.
func (r Recipe) Make(read func(file string) ([]byte, error)) ([]byte, error) {
	out := make([]byte, 0, r.Size)
	files := map[string][]byte{}
	for _, p := range r.Pieces {
		if p.From == "" {
			out = append(out, p.Own...)
			continue
		}
		data, ok := files[p.From]
		if !ok {
			var err error
			if data, err = read(p.From); err != nil {
				return nil, err
			}
			files[p.From] = data
		}
		if p.At < 0 || p.Count < 0 || p.At > len(data)-p.Count {
			return nil, fmt.Errorf("%s has only %d bytes: cannot read %d bytes at position %d", p.From, len(data), p.Count, p.At)
		}
		data = data[p.At : p.At+p.Count]
		if p.Columns == 0 {
			out = append(out, data...)
			continue
		}
		var err error
		if out, err = appendTransposed(out, data, p.Columns); err != nil {
			return nil, err
		}
	}
	if int64(len(out)) != r.Size {
		return nil, fmt.Errorf("made %d bytes, want %d", len(out), r.Size)
	}
	return out, nil
}

func appendTransposed(out, from []byte, columns int) ([]byte, error) {
	rows := len(from) / 4 / max(1, columns)
	if columns < 1 || rows*columns*4 != len(from) {
		return nil, fmt.Errorf("%d bytes are not a matrix of %d columns", len(from), columns)
	}
	for row := range rows {
		for column := range columns {
			out = binary.LittleEndian.AppendUint32(out, binary.LittleEndian.Uint32(from[4*(column*rows+row):]))
		}
	}
	return out, nil
}

// Suffix ends the names of recipes: a.onnx.json makes a.onnx.
const Suffix = ".json"

// FS shows files, and beside them the files that recipes make. A recipe's path in recipes is the path of its file. Existing files take precedence.
func FS(files, recipes fs.FS) fs.FS { return union{files, recipes} }

type union struct{ files, recipes fs.FS }

func (u union) recipe(name string) (r Recipe, err error) {
	data, err := fs.ReadFile(u.recipes, name+Suffix)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("recipe of %s: %w", name, err)
	}
	return r, nil
}

// ReadFile reads a file that exists, or makes it.
func (u union) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(u.files, name)
	if err == nil {
		return data, nil
	}
	r, none := u.recipe(name)
	if none != nil {
		return nil, err
	}
	data, err = r.Make(func(file string) ([]byte, error) { return fs.ReadFile(u.files, path.Join(path.Dir(name), file)) })
	if err != nil {
		return nil, &fs.PathError{Op: "make", Path: name, Err: err}
	}
	return data, nil
}
