package onnxfile

import "strings"

// Positions is the number of rows in a text tower's table of learned positions, which limits the length of a row
// of ids. It is 0 if no weight has the name of one. If there are several, the smallest counts.
func (f *File) Positions() int {
	least := int64(0)
	for _, t := range f.tables {
		name := strings.ToLower(t.Name)
		if at := strings.LastIndexAny(name, "./"); at >= 0 && name[at+1:] == "weight" {
			name = name[:at]
		}
		if at := strings.LastIndexAny(name, "./"); at >= 0 {
			name = name[at+1:]
		}
		known := strings.HasPrefix(name, "pos") && !strings.Contains(name, "id")
		if rows := t.Dims[len(t.Dims)-2]; known && (least == 0 || rows < least) {
			least = rows
		}
	}
	return int(least)
}

// table tells whether a weight may be a table of positions, with one row of values each.
func (t tensor) table() bool {
	switch t.Type {
	case typeFloat, typeFloat16, typeBFloat16, typeInt8, typeUint8:
	default:
		return false
	}
	n := len(t.Dims)
	return (n == 2 || n == 3 && t.Dims[0] == 1) && t.Dims[n-2] > 1 && t.Dims[n-2] <= 1<<16 && t.Dims[n-1] > 1
}
