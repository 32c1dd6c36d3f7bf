package layouts_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
)

type hubImage struct {
	Bytes []byte  `parquet:"bytes,optional"`
	Path  *string `parquet:"path,optional"`
}

type hubRow struct {
	ID      int64     `parquet:"id"`
	Image   *hubImage `parquet:"image,optional"`
	Caption []string  `parquet:"caption,list"`
	Label   *int64    `parquet:"label,optional"`
}

const hubMeta = `{"info": {"features": {"image": {"_type": "Image"}, "caption": {"feature": {"dtype": "string"}, "_type": "Sequence"}, "label": {"names": ["dog", "gold fish"], "_type": "ClassLabel"}}}}`

func writeParquet[T any](t testing.TB, rows []T, perGroup int, options ...parquet.WriterOption) string {
	var out bytes.Buffer
	w := parquet.NewGenericWriter[T](&out, append(options, parquet.PageBufferSize(40))...)
	for i, r := range rows {
		_, err := w.Write([]T{r})
		require.NoError(t, err)
		if (i+1)%perGroup == 0 {
			require.NoError(t, w.Flush())
		}
	}
	require.NoError(t, w.Close())
	return out.String()
}

func hubRows(from, to int) (rows []hubRow) {
	for i := from; i < to; i++ {
		label, name := int64(i%2), fmt.Sprintf("%d.JPG", i)
		r := hubRow{ID: int64(i), Image: &hubImage{Bytes: []byte(strings.Repeat(fmt.Sprint(i), 30)), Path: &name}, Label: &label}
		for c := range i % 4 {
			r.Caption = append(r.Caption, fmt.Sprintf("caption %d of %d", c, i))
		}
		rows = append(rows, r)
	}
	return rows
}

func openParquet(t *testing.T, o layouts.HFParquetOptions) datasets.Dataset {
	ds, err := layouts.OpenHFParquet(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ds.Close()) })
	return ds
}

func TestHFParquet(t *testing.T) {
	meta := parquet.KeyValueMetadata("huggingface", hubMeta)
	dir := tree(t, map[string]string{
		"train-00000-of-00002.parquet": writeParquet(t, hubRows(0, 11), 4, meta, parquet.Compression(&parquet.Snappy)),
		"train-00001-of-00002.parquet": writeParquet(t, hubRows(11, 14), 9, meta, parquet.DataPageVersion(1), parquet.Compression(&parquet.Zstd)),
	})
	files := filepath.Join(dir, "train-*.parquet")
	ds := openParquet(t, layouts.HFParquetOptions{Files: files})
	pictures, texts, problems := content(t, ds)
	assert.Empty(t, problems)
	require.Len(t, pictures, 14)
	assert.Equal(t, "train-00000-of-00002/000003.jpg gold fish", pictures[3])
	assert.Equal(t, "train-00001-of-00002/000001.jpg dog", pictures[12])
	assert.Equal(t, "train-00000-of-00002/000010.jpg#1 caption 1 of 10 train-00000-of-00002/000010.jpg", texts[14])
	all := datasetstest.Images(t, ds)
	for _, i := range []int{0, 1, 2, 13, 12, 5, 4, 3, 10, 9, 10, 11, 0} { // in any order
		data, err := all[i].Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, strings.Repeat(fmt.Sprint(i), 30), string(data), "picture %d", i)
	}
	datasetstest.Test(t, func(t *testing.T) datasets.Dataset {
		ds, err := layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: files})
		require.NoError(t, err)
		return ds
	})

	ds = openParquet(t, layouts.HFParquetOptions{Files: files, Columns: layouts.Columns{Path: "image", Labels: "id"}})
	pictures, _, _ = content(t, ds)
	assert.Equal(t, "train-00001-of-00002/000002.jpg 13", pictures[13], "a column of one's own, without names")
	for _, c := range []layouts.Columns{{Path: "x"}, {Labels: "x"}, {Captions: "x"}} {
		_, err := layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: files, Columns: c})
		assert.ErrorContains(t, err, "it has id, image.bytes, image.path, caption, label")
	}
}

// TestHFParquetPlain: a picture as bytes alone, one caption, and labels as a list of classes.
func TestHFParquetPlain(t *testing.T) {
	type plain struct {
		JPG    []byte  `parquet:"jpg"`
		Text   string  `parquet:"text"`
		Labels []int32 `parquet:"labels,list"`
	}
	meta := parquet.KeyValueMetadata("huggingface", `{"info": {"features": {"labels": {"feature": {"names": ["a", "b"], "_type": "ClassLabel"}, "_type": "List"}}}}`)
	dir := tree(t, map[string]string{"t.parquet": writeParquet(t, []plain{{[]byte("A"), " one ", []int32{0, 1}}, {[]byte("B"), "", []int32{7, -1}}, {nil, "x", nil}}, 9, meta)})
	ds := openParquet(t, layouts.HFParquetOptions{Files: filepath.Join(dir, "t.parquet")})
	pictures, texts, problems := content(t, ds)
	assert.Equal(t, []string{"t/000000 a|b", "t/000002 "}, pictures)
	assert.Equal(t, []string{"t/000000#0 one t/000000", "t/000002#0 x t/000002"}, texts)
	assert.Equal(t, []string{"t/000001: class 7 has no name: there are 2 names"}, problems)
	for im, err := range ds.Images(t.Context()) {
		if im.Name == "t/000002" {
			require.NoError(t, err)
			_, err = im.Read(t.Context())
			assert.ErrorContains(t, err, "t.parquet: t/000002: the file does not contain its bytes")
		}
	}
}

// TestHFParquetLargeStatistics: a writer may put the least and the largest picture of a page into the page header.
func TestHFParquetLargeStatistics(t *testing.T) {
	type plain struct {
		JPG  []byte `parquet:"jpg"`
		Text string `parquet:"text"`
	}
	large := bytes.Repeat([]byte("picture "), 150_000)
	dir := tree(t, map[string]string{"t.parquet": writeParquet(t, []plain{{large, "one"}}, 1, parquet.DataPageStatistics(true))})
	ds := openParquet(t, layouts.HFParquetOptions{Files: filepath.Join(dir, "t.parquet")})
	got, err := firstImage(t, ds).Read(t.Context())
	require.NoError(t, err)
	assert.True(t, bytes.Equal(large, got))
}

// TestHFParquetHostile: each damaged file is an error of one item, and the others are read.
func TestHFParquetHostile(t *testing.T) {
	good := writeParquet(t, hubRows(0, 11), 4, parquet.KeyValueMetadata("huggingface", hubMeta))
	lying := []byte(good)
	copy(lying[len(lying)-8:], []byte{255, 255, 255, 127})
	dir := tree(t, map[string]string{
		"0.parquet": good, "1.parquet": good[:len(good)/2], "2.parquet": string(lying), "3.parquet": "", "4.parquet": "PAR1xxxxPAR1", "5.parquet": good,
		"6.parquet": writeParquet(t, []struct{ A int }{{1}}, 1), "7.parquet/": "",
	})
	ds := openParquet(t, layouts.HFParquetOptions{Files: filepath.Join(dir, "{0..8}.parquet")})
	assert.Equal(t, 22, ds.Info().Images)
	_, _, problems := content(t, ds)
	var got []string
	for _, p := range problems {
		got = append(got, strings.ReplaceAll(p, dir+string(filepath.Separator), ""))
	}
	same(t, []string{
		"1: 1.parquet: not a whole Parquet file", "2: 2.parquet: not a whole Parquet file", "3: 3.parquet: not a whole", "4: 4.parquet: ",
		"6: 6.parquet: no column image", "7: 7.parquet: ", "8: open 8.parquet",
	}, got)
}

// FuzzHFParquet: a file with changed bytes is read or refused, without a panic.
func FuzzHFParquet(f *testing.F) {
	good := []byte(writeParquet(f, hubRows(0, 6), 4, parquet.KeyValueMetadata("huggingface", hubMeta)))
	f.Add(200, []byte{1}, 0)
	f.Add(len(good)-300, []byte{255, 255, 3}, 0)
	f.Add(0, []byte{}, 100)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, at int, change []byte, cut int) {
		data := bytes.Clone(good)
		if at < 0 || at > len(data) || cut < 0 || cut > len(data) {
			return
		}
		copy(data[at:], change)
		file := filepath.Join(dir, "f.parquet")
		require.NoError(t, os.WriteFile(file, data[:len(data)-cut], 0o644))
		ds, err := layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: file})
		if err != nil {
			assert.ErrorContains(t, err, "f.parquet")
			return
		}
		for im, err := range ds.Images(t.Context()) {
			if err == nil {
				_, _ = im.Read(t.Context())
			}
		}
		require.NoError(t, ds.Close())
	})
}
