package layouts

import (
	"fmt"
	"path"
	"slices"

	"github.com/fastclip/fastclip/datasets"
)

// sample has the entries with one key.
type sample struct {
	key    string
	fields []field
}

// field is an entry of a sample. Its extension is everything after the first dot, as in webdataset.
type field struct {
	entry, name, extension string
	place                  datasets.Extent
	picture, sparse        bool
	data                   []byte // for texts
}

func (f field) isText() bool {
	return slices.Contains([]string{".txt", ".json", ".cls"}, path.Ext(f.extension))
}

// take finds the field of a kind: one with exactly the kind's extension, or else one with a longer extension ("url.txt") if there is only one.
func (s sample) take(is func(extension string, f field) bool) (at int) {
	at = -1
	many := false
	for i, f := range s.fields {
		switch {
		case !is(path.Ext(f.extension), f):
		case f.extension == path.Ext(f.extension) && (at < 0 || s.fields[at].extension != path.Ext(s.fields[at].extension)):
			at, many = i, false
		case at < 0:
			at = i
		case s.fields[at].extension != path.Ext(s.fields[at].extension):
			many = true
		}
	}
	if many {
		return -1
	}
	return at
}

// put finishes a sample.
func (s *shard) put() error {
	found := s.sample
	s.sample = sample{}
	if len(found.fields) == 0 {
		return nil
	}
	picture := found.take(func(_ string, f field) bool { return f.picture })
	kind := func(want string) int {
		return found.take(func(extension string, f field) bool { return !f.picture && extension == want })
	}
	text, object, class := kind(".txt"), kind(".json"), kind(".cls")
	parts := 0
	for i, f := range found.fields {
		switch i {
		case picture:
		case text, object, class:
			parts++
		default:
			if f.picture && f.extension == path.Ext(f.extension) {
				if err := s.bad(f.entry, "a second picture of one sample"); err != nil {
					return err
				}
				continue
			}
			why := datasets.OtherThan(f.name)
			if f.picture || f.isText() {
				why = "a field more, " + f.extension
			}
			s.x.Ignore(why, path.Join(s.name, f.entry))
		}
	}
	if picture < 0 && parts == 0 {
		return nil
	}
	r, broken, err := s.texts(found, text, object, class)
	if err != nil {
		return err
	}
	parts -= broken
	refused := s.x.Account.Refused
	switch {
	case picture >= 0:
		err = s.join(found.key, found.fields[picture], r)
	case parts > 0:
		parts-- // the error names it
		err = s.bad(found.key, "a sample without a picture, or with several and none of them plain")
	}
	if s.x.Account.Refused > refused {
		s.x.Refuse(parts)
	} else {
		s.x.Merge(parts)
	}
	s.keys[found.key] = true
	return err
}

// texts reads the fields whose position is not -1. Fields that cannot be read are refused one by one.
func (s *shard) texts(found sample, text, object, class int) (r datasets.Row, broken int, err error) {
	if text >= 0 {
		r.Captions = splitCaptions(found.fields[text].data)
	}
	if object >= 0 {
		more, wrong := jsonRow(found.fields[object].data, Columns{}, nil)
		if wrong == nil {
			wrong = more.Classed(s.classes, more.Number)
		}
		if wrong != nil {
			broken++
			err = s.bad(found.fields[object].entry, "%v", wrong)
		} else {
			r.Labels, r.Class, r.Unnamed = more.Labels, more.Class, more.Unnamed
			if len(r.Captions) == 0 {
				r.Captions = more.Captions
			}
		}
	}
	if class >= 0 && err == nil {
		own := datasets.Row{Labels: datasets.Trimmed([]string{string(found.fields[class].data)})}
		wrong := own.Classed(s.classes, true)
		if wrong == nil && s.classes != nil && len(own.Labels) > 0 && own.Class == 0 {
			wrong = fmt.Errorf("class %.40q is neither a number nor one of the %d names", own.Labels[0], len(s.classes))
		}
		if wrong != nil {
			broken++
			err = s.bad(found.fields[class].entry, "%v", wrong)
		} else {
			r.Labels, r.Class, r.Unnamed = own.Labels, own.Class, own.Unnamed
		}
	}
	return r, broken, err
}

// join adds a sample's picture.
func (s *shard) join(key string, f field, r datasets.Row) error {
	switch {
	case s.keys[key]:
		return s.bad(f.entry, "its key is also in the shard before, which webdataset reads as two samples: only the first is used")
	case f.sparse: // its bytes are not in one piece
		return s.bad(f.entry, "a sparse entry: refused")
	case f.place.Size > datasets.MaxPicture:
		return s.bad(f.entry, "%d bytes, over the limit of %d", f.place.Size, datasets.MaxPicture)
	}
	r.Name, r.Place = path.Join(s.name, f.name), f.place
	if len(datasets.Trimmed(r.Captions))+len(datasets.Trimmed(r.Labels)) == 0 {
		return s.bad(f.entry, "neither captions nor a class: want %s.txt, .json or .cls beside it", key)
	}
	return s.x.Add(r)
}
