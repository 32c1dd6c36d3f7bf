package export

import (
	"slices"

	"github.com/parquet-go/parquet-go"
)

// hubColumn is a column of a file for the hub. append adds a picture's values to a row.
type hubColumn struct {
	name    string
	node    parquet.Node
	feature func(classes []string) any
	append  func(row parquet.Row, h *hubSink, it item) parquet.Row
}

// hubColumns are the columns for which the set has values, in the order of the file.
func hubColumns(s shape) []hubColumn {
	out := []hubColumn{hubImageColumn()}
	if s.captions {
		out = append(out, hubListColumn(nextLeaf(out), "captions", parquet.String(), func([]string) any {
			return map[string]any{"_type": "Value", "dtype": "string"}
		}, func(_ *hubSink, it item) (values []parquet.Value) {
			for _, c := range it.captions {
				values = append(values, parquet.ByteArrayValue([]byte(c)))
			}
			return values
		}))
	}
	switch {
	case len(s.classes) == 0:
	case s.single:
		out = append(out, hubLabelColumn(nextLeaf(out)))
	default:
		out = append(out, hubListColumn(nextLeaf(out), "labels", parquet.Int(64), classLabel, func(h *hubSink, it item) (values []parquet.Value) {
			for _, l := range it.labels {
				values = append(values, parquet.Int64Value(h.classes[l]))
			}
			return values
		}))
	}
	return out
}

// nextLeaf is the number of the leaf column after these columns. A picture takes two.
func nextLeaf(columns []hubColumn) int { return len(columns) + 1 }

func classLabel(classes []string) any {
	return map[string]any{"_type": "ClassLabel", "names": classes}
}

// hubSchema makes every column optional, as Arrow does.
func hubSchema(columns []hubColumn) *parquet.Schema {
	group := inOrder{Group: parquet.Group{}}
	for _, c := range columns {
		group.Group[c.name] = c.node
		group.names = append(group.names, c.name)
	}
	return parquet.NewSchema("schema", group)
}

// inOrder is a group that keeps the order of its fields instead of sorting them by name.
type inOrder struct {
	parquet.Group
	names []string
}

func (g inOrder) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.names, a.Name()) - slices.Index(g.names, b.Name())
	})
	return fields
}

func hubImageColumn() hubColumn {
	return hubColumn{
		name:    "image",
		node:    parquet.Optional(parquet.Group{"bytes": parquet.Optional(parquet.Leaf(parquet.ByteArrayType)), "path": parquet.Optional(parquet.String())}),
		feature: func([]string) any { return map[string]any{"_type": "Image"} },
		append: func(row parquet.Row, _ *hubSink, it item) parquet.Row {
			return append(row, parquet.ByteArrayValue(it.data).Level(0, 2, 0), parquet.ByteArrayValue([]byte(it.file())).Level(0, 2, 1))
		},
	}
}

func hubLabelColumn(at int) hubColumn {
	return hubColumn{
		name: "label", node: parquet.Optional(parquet.Int(64)), feature: classLabel,
		append: func(row parquet.Row, h *hubSink, it item) parquet.Row {
			return append(row, parquet.Int64Value(h.classes[it.labels[0]]).Level(0, 1, at))
		},
	}
}

func hubListColumn(at int, name string, element parquet.Node, feature func([]string) any, values func(*hubSink, item) []parquet.Value) hubColumn {
	return hubColumn{
		name: name, node: parquet.Optional(parquet.List(parquet.Optional(element))),
		feature: func(classes []string) any { return map[string]any{"_type": "Sequence", "feature": feature(classes)} },
		append: func(row parquet.Row, h *hubSink, it item) parquet.Row {
			all := values(h, it)
			for i, v := range all {
				row = append(row, v.Level(min(i, 1), 3, at))
			}
			if len(all) == 0 {
				row = append(row, parquet.NullValue().Level(0, 1, at)) // an empty list
			}
			return row
		},
	}
}
