package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// row is a picture as a format lists it, or a part of it: rows of the same name are one picture.
type row struct {
	Name             string // path inside the set
	Seq              int64  // place in the order
	Labels, Captions []string
	Class            int  // 1 + its place among the classes; 0: none is known; several: severalClasses
	Number           bool // its labels were numbers, of classes that may have names
	Unnamed          bool // its label is the number of a class without a name
	Place            extent
	Blank            int    // captions left out
	left             string // why a rule leaves it out, before it gets here
	Problem          string // why there is no picture; the name says what is meant
}

// severalClasses is the class of a picture that has more than one.
const severalClasses = -1

// extent is where a picture's bytes lie within an archive.
type extent struct {
	File     int
	At, Size int64
}

func (r row) bytes() int {
	n := len(r.Name) + len(r.Problem)
	for _, s := range slices.Concat(r.Labels, r.Captions) {
		n += len(s) + 16
	}
	return n
}

// maxTexts is the number of captions and labels of a picture over which a file is refused.
const maxTexts = 10_000

// index is the list of a set's pictures, on disk when it is long.
type index struct {
	ctx   context.Context // of the listing; rows has its own
	parts *spill[row]     // by name
	whole *spill[row]     // by place in the order
	seq   int64

	account  Account
	accepted int // of the account: pictures, and parts of them
	pictures int
	classes  []string
}

func newIndex(ctx context.Context) *index {
	return &index{
		ctx: ctx,
		parts: newSpill(func(a, b row) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Seq, b.Seq))
		}, row.bytes),
		whole: newSpill(func(a, b row) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Name, b.Name))
		}, row.bytes),
	}
}

// add takes a picture or a part of one, in the order of the set.
func (x *index) add(r row) error {
	x.seq++
	r.Seq = x.seq
	return x.addUnordered(r)
}

// addUnordered takes a picture whose place is that of its name.
func (x *index) addUnordered(r row) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	name, err := cleanName(r.Name)
	if r.Problem == "" && err != nil {
		r.Problem = err.Error()
	}
	if r.Problem == "" {
		r.Problem = wrongText(slices.Concat(r.Labels, r.Captions))
	}
	if r.Problem != "" {
		x.account.Refused++
		x.account.note(fateRefused, "named each", printable(r.Name)+": "+r.Problem, 1)
		return x.whole.add(row{Name: printable(r.Name), Seq: r.Seq, Problem: printable(r.Problem)})
	}
	r.Name = name
	given := len(r.Captions)
	r.Labels, r.Captions = trimmed(r.Labels), trimmed(r.Captions)
	r.Blank = given - len(r.Captions)
	x.accepted++
	return x.parts.add(r)
}

// wrongText says what no reader of text would take, or "".
func wrongText(list []string) string {
	for _, s := range list {
		switch {
		case !utf8.ValidString(s) || strings.ContainsRune(s, pyjson.NotUTF8):
			return fmt.Sprintf("its text %.80q is no UTF-8: save the file as UTF-8 (it may be cp1252 or UTF-16)", s)
		case len(s) > maxLine:
			return "its text is longer than 1 MiB"
		}
	}
	return ""
}

// setClasses gives the list of classes, which must be the same in all parts of a set.
func (x *index) setClasses(names []string) error {
	if x.classes != nil && !slices.Equal(x.classes, names) {
		return fmt.Errorf("it has other classes than the files before: %d, not %d", len(names), len(x.classes))
	}
	x.classes = names
	return nil
}

// merge counts what becomes part of a picture that is added by itself.
func (x *index) merge(n int) { x.accepted += n }

// ignore counts what a rule leaves out.
func (x *index) ignore(why, example string) {
	x.account.Ignored++
	x.account.note(fateIgnored, why, example, 1)
}

// leave counts what the suite leaves out.
func (x *index) leave(why, example string) {
	x.ignore(why, example)
	x.account.Asked++
	for i, r := range x.account.Reasons {
		if r.Fate == fateIgnored && r.Why == printable(why) {
			x.account.Reasons[i].Asked = true
		}
	}
}

// overwrite counts what a later one has replaced.
func (x *index) overwrite(why, example string) {
	x.account.Overwritten++
	x.account.note(fateOverwritten, why, example, 1)
}

// refuse counts more that falls with an item which bad has named.
func (x *index) refuse(n int) {
	if n > 0 {
		x.account.Refused += n
		x.account.note(fateRefused, "named each", "", n)
	}
}

// bad takes what cannot be a picture; the rest goes on.
func (x *index) bad(name, format string, args ...any) error {
	return x.addUnordered(row{Name: name, Problem: fmt.Sprintf(format, args...), Seq: x.seq})
}

// finish joins the parts of each picture.
func (x *index) finish() error {
	x.parts.seal()
	var open row
	for r, err := range x.parts.all() {
		if err = errors.Join(err, x.ctx.Err()); err != nil {
			return err
		}
		if r.Name == open.Name {
			if len(open.Captions)+len(open.Labels) > maxTexts {
				return fmt.Errorf("%s has more than %d captions and labels", r.Name, maxTexts)
			}
			open.Captions = append(open.Captions, r.Captions...)
			open.Blank += r.Blank
			open.Unnamed = open.Unnamed || r.Unnamed
			switch {
			case open.Class == 0:
				open.Class = r.Class
			case r.Class != 0 && r.Class != open.Class:
				open.Class = severalClasses
			}
			open.Labels = unique(slices.Concat(open.Labels, r.Labels))
			continue
		}
		if err := x.put(open); err != nil {
			return err
		}
		open = r
		open.Labels = unique(r.Labels)
		open.Captions = slices.Clone(r.Captions)
	}
	if err := x.put(open); err != nil {
		return err
	}
	x.whole.seal()
	x.account = x.account.closed(x.pictures, x.accepted)
	return x.parts.close()
}

func (x *index) put(r row) error {
	if r.Name == "" {
		return nil
	}
	x.pictures++
	return x.whole.add(r)
}

// rows gives all pictures and problems in order, and ctx's error when that ends.
func (x *index) rows(ctx context.Context) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(row{}, err)
			return
		}
		for r, err := range x.whole.all() {
			if err = errors.Join(err, ctx.Err()); !yield(r, err) || err != nil {
				return
			}
		}
	}
}

func (x *index) close() error { return errors.Join(x.parts.close(), x.whole.close()) }

// cleanName is the path of a picture inside its folder; one that leaves it is refused.
func cleanName(name string) (string, error) {
	clean := path.Clean(name)
	switch {
	case name == "" || clean == ".":
		return "", errors.New("no path of a picture")
	case strings.ContainsRune(name, 0) || !filepath.IsLocal(filepath.FromSlash(clean)):
		return "", fmt.Errorf("the path %q leads out of the pictures' folder: refused", name)
	case !utf8.ValidString(name) || strings.ContainsRune(name, pyjson.NotUTF8): // a results file cannot hold it
		return "", fmt.Errorf("the name %+q is no UTF-8: rename it (convmv does whole folders)", name)
	}
	return clean, nil
}

// printable is a text with what is no UTF-8 as \xe9.
func printable(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&out, `\x%02x`, s[0])
		} else {
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
	return out.String()
}

func trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
