package modeldir

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/pipelines"
)

// pictures reads how pictures are prepared, from files of transformers (the newer form first, as
// transformers does), of open_clip and of immich. When several exist, they must agree.
func (r *reader) pictures(places []string) error {
	type said struct {
		file   string
		config *pipelines.Config
	}
	var all []said
	for _, name := range pictureFiles() {
		file, ok, err := r.find(places, name)
		if err != nil {
			r.refuse(fmt.Errorf("%s: %w", name, err))
			continue
		}
		if !ok || name == openCLIPName && r.openCLIP.Preprocess == nil && len(all) > 0 {
			continue
		}
		c, err := r.pictureFile(file, name)
		if r.used[file] = true; err != nil {
			r.refuse(fmt.Errorf("%s: %w", file, err))
			continue
		}
		if c != nil {
			all = append(all, said{file, c})
		}
	}
	if r.out.PicturesErr != nil || len(all) == 0 {
		return nil
	}
	r.out.Pictures, r.out.From = all[0].config, all[0].file
	for _, s := range all {
		if s.config.Conflict != "" {
			r.fault("%s: %s", s.file, s.config.Conflict)
		}
	}
	for _, other := range all[1:] {
		if what := r.out.Pictures.Differs(other.config); what != "" {
			r.fault("%s and %s do not agree: %s", r.out.From, other.file, what)
		}
	}
	return nil
}

// refuse records the first reason why pictures cannot be prepared.
func (r *reader) refuse(err error) {
	if r.out.PicturesErr == nil {
		r.out.PicturesErr = err
	}
}
