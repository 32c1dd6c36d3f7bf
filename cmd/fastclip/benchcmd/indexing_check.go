package benchcmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/databases"
	"github.com/fastclip/fastclip/internal/store"
)

type benchIndexingFlags struct {
	suiteFlags
	modalities          []string
	batches             []int
	documents, queries  int
	minRecall           float64
	backend, url, model string
	images, dir         string
}

func (f benchIndexingFlags) check() error {
	for _, m := range f.modalities {
		if m != store.TowerImage && m != store.TowerText {
			return fmt.Errorf("--modality %q: want image or text", m)
		}
	}
	if f.images != "files" && f.images != "http" {
		return fmt.Errorf("--images %q: want files or http", f.images)
	}
	if len(f.modalities) == 0 || len(f.batches) == 0 || slices.Min(f.batches) < 1 || f.documents < 1 || f.queries < 1 {
		return errors.New("--modality and --batch need at least one value; --batch, --documents and --queries want numbers from 1")
	}
	if !(f.minRecall >= 0 && f.minRecall <= 1) {
		return fmt.Errorf("--min-recall %g: want a number from 0 to 1", f.minRecall)
	}
	if !slices.Contains(databases.BackendNames(), f.backend) {
		return fmt.Errorf("--backend %q: want one of %s", f.backend, strings.Join(databases.BackendNames(), ", "))
	}
	return nil
}
