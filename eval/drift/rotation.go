package drift

import (
	"github.com/fastclip/fastclip/metrics/procrustes"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Rotation finds a rotation, transposed, and the largest error that it brings into a similarity; see
// procrustes.Find.
type Rotation func() (r *rank.Unit, slack float64)

// SharedTurn is the rotation of both towers together, for texts by pictures and pictures by texts.
func SharedTurn(refImages, refTexts rank.Unit, images, texts rank.Rows) (r *rank.Unit, slack float64) {
	return procrustes.Find(procrustes.Tower{Ref: refImages, Own: whole(images)}, procrustes.Tower{Ref: refTexts, Own: whole(texts)})
}
