package scenes

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"sync"

	"github.com/fastclip/fastclip/datasets"
)

const artMend = "restore testdata/art, or make it with testdata/recipes/art.py"

// art is a sheet of cut-outs, one per label. The sheet is decoded when it is first needed.
type art struct {
	Cell    int    `json:"cell"`
	Columns int    `json:"columns"`
	Licence string `json:"licence"`
	Source  string `json:"source"`
	Labels  []struct {
		Name    string `json:"label"`
		Article string `json:"article"`
	} `json:"labels"`

	hash  string                   // of both files
	cells func() ([]cutout, error) // in the order of Labels
}

// openArt reads index.json and sheet.png.
func openArt(files fs.FS) (*art, error) {
	index, err := fs.ReadFile(files, "index.json")
	if err != nil {
		return nil, fmt.Errorf("art: %w: %s", err, artMend)
	}
	sheet, err := fs.ReadFile(files, "sheet.png")
	if err != nil {
		return nil, fmt.Errorf("art: %w: %s", err, artMend)
	}
	a := &art{}
	if err := json.Unmarshal(index, a); err != nil {
		return nil, fmt.Errorf("art: index.json: %w: %s", err, artMend)
	}
	size, err := png.DecodeConfig(bytes.NewReader(sheet))
	if err != nil {
		return nil, fmt.Errorf("art: sheet.png: %w: %s", err, artMend)
	}
	if err := a.check(size); err != nil {
		return nil, fmt.Errorf("art: %w: %s", err, artMend)
	}
	d := datasets.NewDigest()
	sums := [2][32]byte{sha256.Sum256(index), sha256.Sum256(sheet)}
	d.Text(string(sums[0][:]), string(sums[1][:]))
	a.hash = d.Hex()
	a.cells = sync.OnceValues(func() ([]cutout, error) { return a.cut(sheet) })
	return a, nil
}

func (a *art) check(size image.Config) error {
	if a.Cell < 1 || a.Columns < 1 || len(a.Labels) == 0 {
		return errors.New("index.json: no cell size, columns or labels")
	}
	rows := (len(a.Labels) + a.Columns - 1) / a.Columns
	if size.Width < a.Columns*a.Cell || size.Height < rows*a.Cell {
		return fmt.Errorf("sheet.png is %dx%d: too small for %d labels of %d pixels", size.Width, size.Height, len(a.Labels), a.Cell)
	}
	return nil
}

func (a *art) label(i int) datasets.Label {
	return datasets.Label{Name: a.Labels[i].Name, Article: a.Labels[i].Article}
}

// cutout is a square RGBA picture, premultiplied, one uint32 per pixel (R in the lowest byte), with a transparent margin of one pixel.
type cutout struct {
	side int // without the margin
	pix  []uint32
}

func (a *art) cut(sheet []byte) ([]cutout, error) {
	decoded, err := png.Decode(bytes.NewReader(sheet))
	if err != nil {
		return nil, fmt.Errorf("art: sheet.png: %w: %s", err, artMend)
	}
	rgba, ok := decoded.(*image.NRGBA)
	if !ok {
		rgba = image.NewNRGBA(decoded.Bounds())
		draw.Draw(rgba, rgba.Rect, decoded, rgba.Rect.Min, draw.Src)
	}
	out := make([]cutout, len(a.Labels))
	for i := range out {
		out[i] = newCutout(rgba, i%a.Columns*a.Cell, i/a.Columns*a.Cell, a.Cell)
	}
	return out, nil
}

func newCutout(im *image.NRGBA, left, top, side int) cutout {
	c := cutout{side, make([]uint32, (side+2)*(side+2))}
	for y := range side {
		row := im.Pix[(top+y)*im.Stride+left*4:]
		for x := range side {
			p := row[x*4 : x*4+4]
			alpha := uint32(p[3])
			c.pix[(y+1)*(side+2)+x+1] = over255(uint32(p[0])*alpha) | over255(uint32(p[1])*alpha)<<8 | over255(uint32(p[2])*alpha)<<16 | alpha<<24
		}
	}
	return c
}

// over255 is v/255, rounded. It is exact for v up to 255*255.
func over255(v uint32) uint32 {
	v += 128
	return (v + v>>8) >> 8
}
