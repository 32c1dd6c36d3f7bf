package datasetscmd

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/suite"
)

// split is the size of a published set. texts is 0 if the set has no captions.
type split struct {
	source, file, part string
	images, texts      int
}

// splits were counted in the published files: COCO from cocodataset.org, Karpathy's caption_datasets.zip, and Flickr's own.
var splits = []split{
	{"coco", "captions_val2017", "", 5000, 25014},
	{"coco", "captions_train2017", "", 118287, 591753},
	{"coco", "captions_val2014", "", 40504, 202654},
	{"coco", "instances_val2017", "", 5000, 0},
	{"coco", "instances_train2017", "", 118287, 0},
	{"karpathy", "dataset_coco", "test", 5000, 25010},
	{"karpathy", "dataset_coco", "val", 5000, 25010},
	{"karpathy", "dataset_flickr30k", "test", 1000, 5000},
	{"karpathy", "dataset_flickr30k", "val", 1014, 5070},
	{"karpathy", "dataset_flickr30k", "train", 29000, 145000},
	{"karpathy", "dataset_flickr8k", "test", 1000, 5000},
	{"karpathy", "dataset_flickr8k", "val", 1000, 5000},
	{"karpathy", "dataset_flickr8k", "train", 6000, 30000},
	{"flickr", "flickr_8k.testimages", "", 1000, 5000},
}

// published says how a set with the name of a published one differs from it, or "".
func published(d suite.DatasetSpec, info datasets.Info) string {
	var file, part string
	switch {
	case d.Coco != nil && d.Coco.Captions != "":
		file = d.Coco.Captions
	case d.Coco != nil:
		file = d.Coco.Instances
	case d.Karpathy != nil:
		file, part = d.Karpathy.Path, d.Karpathy.Split
		if part == "" {
			part = "test"
		}
	case d.Flickr != nil:
		file = d.Flickr.List
	}
	base := strings.ToLower(filepath.Base(file))
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".json"), ".txt")
	for _, s := range splits {
		if s.source != d.SourceName() || s.file != base || s.part != part {
			continue
		}
		if info.Images != s.images || s.texts > 0 && info.Texts != s.texts {
			return fmt.Sprintf("%d pictures and %d texts; the published set has %d and %d", info.Images, info.Texts, s.images, s.texts)
		}
	}
	return ""
}
