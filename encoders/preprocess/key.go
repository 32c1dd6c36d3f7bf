package preprocess

import (
	"strconv"

	"github.com/fastclip/fastclip/internal/pipelinekey"
)

// Key names everything that the tensor depends on besides the file.
func (p *Pipeline) Key() string {
	return p.key("", pipelinekey.Stage{Name: StageNormalise, Value: p.Transform.Normalise.key()})
}

// BytesKey names everything that Bytes depend on besides the file.
func (p *Pipeline) BytesKey() string { return p.key(" bytes") }

// key writes the key. mark follows the resize when later stages are not made.
func (p *Pipeline) key(mark string, normalise ...pipelinekey.Stage) string {
	t := p.Transform
	key := append(pipelinekey.Key{
		{Name: StageDecode, Value: p.Decoder.Name() + "@" + p.Decoder.Version()},
		{Name: StageColour, Value: string(t.Colour)},
		{Name: StageGeometry, Value: string(t.Geometry)},
		{Name: StageResize, Value: t.Filter.Name() + "@" + t.Filter.Version() + mark},
	}, normalise...)
	key = append(key, pipelinekey.Stage{Name: "size", Value: strconv.Itoa(t.Size)})
	if t.resizeTo() != t.Size {
		key = append(key, pipelinekey.Stage{Name: "resize-to", Value: strconv.Itoa(t.ResizeTo)})
	}
	if t.Geometry == LongSideFill {
		key = append(key, pipelinekey.Stage{Name: "fill", Value: strconv.Itoa(int(t.Fill))})
	}
	if t.BGR {
		key = append(key, pipelinekey.Stage{Name: StageOrder, Value: "bgr"})
	}
	return key.String()
}
