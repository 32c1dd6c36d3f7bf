package modeldir

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/fastclip/fastclip/encoders/pipelines"
)

// pictures reads how they are prepared: of transformers' files, the newer first as it does itself, of
// open_clip's, of immich's. Where more than one is there they must agree.
func (r *reader) pictures(places []string) error {
	type said struct {
		file   string
		config *pipelines.Config
	}
	var all []said
	for _, name := range []string{hfAllName, hfName, openCLIPName, immichName} {
		dir, ok, err := r.where(places, []string{name})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !ok || name == openCLIPName && r.openCLIP.Preprocess == nil && len(all) > 0 {
			continue
		}
		file := path.Join(dir, name)
		data, err := fs.ReadFile(r.fsys, file)
		if err != nil {
			return err
		}
		if nested, err := pipelines.Nested(data); name == hfAllName && err == nil && nested == nil {
			continue // it says nothing of pictures
		}
		read := pipelines.ParseConfig
		if name == immichName {
			read = pipelines.ParsePreprocessCfg
		}
		c, err := read(data)
		if err != nil {
			if r.out.PicturesErr == nil {
				r.out.PicturesErr = fmt.Errorf("%s: %w", file, err)
			}
			continue
		}
		all = append(all, said{file, c})
	}
	if r.out.PicturesErr != nil || len(all) == 0 {
		return nil
	}
	r.out.Pictures, r.out.From = all[0].config, all[0].file
	for _, other := range all[1:] {
		if what := r.out.Pictures.Differs(other.config); what != "" {
			r.out.Faults = append(r.out.Faults, fmt.Sprintf("%s and %s do not agree: %s", r.out.From, other.file, what))
		}
	}
	return nil
}
