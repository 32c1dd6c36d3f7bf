package store

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// queryLists has the columns of Query that take as long to encode as all others together.
type queryLists struct {
	TopIDs  []string `parquet:"top_ids,list" parquet-element:",dict"`
	TopHits []bool   `parquet:"top_hits,list,optional"`
}

// queryCells has the columns of Query before those.
type queryCells struct {
	RunID     string   `parquet:"run_id,dict"`
	Dataset   string   `parquet:"dataset,dict"`
	Variant   string   `parquet:"variant,dict"`
	Direction string   `parquet:"direction,dict"`
	QueryID   string   `parquet:"query_id,dict"`
	Metric    string   `parquet:"metric,dict"`
	Value     float64  `parquet:"value"`
	Rank      int64    `parquet:"rank,delta"`
	Margin    float64  `parquet:"margin,split"`
	MarginAtK *float64 `parquet:"margin_at_k,split"`
	Certain   *bool    `parquet:"certain"`
	CertainBy *string  `parquet:"certain_by,dict"`
	NRelevant int64    `parquet:"n_relevant,delta"`
	Group     int64    `parquet:"query_group,delta"`
}

// part is some columns of a row group.
type part interface {
	write(rows []Query) error
	end() error
	written() (file []byte, group format.RowGroup) // nil and none where there was no row
}

// cellBytes is room for all cells that a column has in a group. With pageBytes the pages would be the same, but the library would clear
// twice the memory.
const cellBytes = 16 * groupRows

// queryParts are the parts of a row group, in the order of their columns.
func queryParts() []part {
	return []part{
		newPart(cellBytes, func(q *Query) queryCells {
			return queryCells{q.RunID, q.Dataset, q.Variant, q.Direction, q.QueryID, q.Metric, q.Value, q.Rank, q.Margin, q.MarginAtK, q.Certain, q.CertainBy, q.NRelevant, q.Group}
		}),
		newPart(pageBytes, func(q *Query) queryLists { return queryLists{q.TopIDs, q.TopHits} }),
	}
}

// partOf writes its columns to a file in memory.
type partOf[T any] struct {
	file *bytes.Buffer
	rows *parquet.GenericWriter[T]
	of   func(*Query) T
	held []T
}

func newPart[T any](page int, of func(*Query) T) part {
	file := &bytes.Buffer{}
	return &partOf[T]{file: file, rows: newWriter[T](file, page), of: of}
}

func (p *partOf[T]) write(rows []Query) error {
	p.held = p.held[:0]
	for i := range rows {
		p.held = append(p.held, p.of(&rows[i]))
	}
	_, err := p.rows.Write(p.held)
	return err
}

func (p *partOf[T]) end() error { return p.rows.Close() }

func (p *partOf[T]) written() (file []byte, group format.RowGroup) {
	if groups := p.rows.File().Metadata().RowGroups; len(groups) > 0 {
		return p.file.Bytes(), groups[0]
	}
	return nil, format.RowGroup{}
}

// joined is queries.parquet, made from parts. A column of a Parquet file does not depend on the others: the footer says where each
// begins.
type joined struct {
	out    io.Writer
	offset int64
	groups []format.RowGroup
	rows   int64
}

var magic = []byte("PAR1")

func (j *joined) write(data []byte) error {
	n, err := j.out.Write(data)
	j.offset += int64(n)
	return err
}

// add writes a row group.
func (j *joined) add(parts []part) error {
	if j.offset == 0 {
		if err := j.write(magic); err != nil {
			return err
		}
	}
	group := format.RowGroup{FileOffset: j.offset, Ordinal: int16(len(j.groups))}
	for _, p := range parts {
		file, own := p.written()
		group.NumRows = own.NumRows
		for _, c := range own.Columns {
			m := c.MetaData
			from := m.DataPageOffset
			if m.DictionaryPageOffset != 0 {
				from, m.DictionaryPageOffset = m.DictionaryPageOffset, j.offset
			}
			m.DataPageOffset += j.offset - from
			group.Columns = append(group.Columns, format.ColumnChunk{MetaData: m})
			group.TotalByteSize += m.TotalUncompressedSize
			group.TotalCompressedSize += m.TotalCompressedSize
			if err := j.write(file[from : from+m.TotalCompressedSize]); err != nil {
				return err
			}
		}
	}
	if group.NumRows > 0 {
		j.groups, j.rows = append(j.groups, group), j.rows+group.NumRows
	}
	return nil
}

// end writes the footer. It is that of an empty file with the same columns, and the row groups.
func (j *joined) end() error {
	empty := newWriter[Query](io.Discard, pageBytes)
	if err := empty.Close(); err != nil {
		return err
	}
	footer := *empty.File().Metadata()
	footer.RowGroups, footer.NumRows = j.groups, j.rows
	data, err := thrift.Marshal(&thrift.CompactProtocol{}, &footer)
	if err != nil {
		return err
	}
	return j.write(append(binary.LittleEndian.AppendUint32(data, uint32(len(data))), magic...))
}
