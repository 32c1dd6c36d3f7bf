package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fastclip/fastclip/datasets/pyjson"
)

// Row is a picture, or a part of one, as a format lists it. Rows with the same name form one picture.
type Row struct {
	Name             string // path inside the set
	Seq              int64  // place in the order
	Labels, Captions []string
	Class            int  // 1 + its place among the classes; 0 means unknown; severalClasses means several
	Number           bool // its labels were numbers of classes that may have names
	Unnamed          bool // its label is the number of a class without a name
	Place            Extent
	Blank            int    // captions left out
	Left             string // the rule that left it out before
	Problem          string // why there is no picture; the name says which one
}

// severalClasses is the class of a picture that has more than one.
const severalClasses = -1

// Extent is where a picture's bytes are within an archive.
type Extent struct {
	File     int
	At, Size int64
}

func (r Row) bytes() int {
	n := len(r.Name) + len(r.Problem)
	for _, s := range slices.Concat(r.Labels, r.Captions) {
		n += len(s) + 16
	}
	return n
}

// MaxTexts is the largest number of captions and labels of one picture. A file with more is refused.
const MaxTexts = 10_000

// Index is the list of a set's pictures, on disk when it is long.
type Index struct {
	Ctx   context.Context // of the listing; rows has its own
	parts *Spill[Row]     // by name
	whole *Spill[Row]     // by place in the order
	seq   int64

	Account  Account
	Accepted int // of the account: pictures, and parts of them
	pictures int
	Classes  []string
}

func NewIndex(ctx context.Context) *Index {
	return &Index{
		Ctx: ctx,
		parts: NewSpill(func(a, b Row) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Seq, b.Seq))
		}, Row.bytes),
		whole: NewSpill(func(a, b Row) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), strings.Compare(a.Name, b.Name))
		}, Row.bytes),
	}
}

// Add takes a picture, or a part of one, in the order of the set.
func (x *Index) Add(r Row) error {
	x.seq++
	r.Seq = x.seq
	return x.AddUnordered(r)
}

// AddUnordered takes a picture whose place follows from its name.
func (x *Index) AddUnordered(r Row) error {
	if err := x.Ctx.Err(); err != nil {
		return err
	}
	name, err := CleanName(r.Name)
	if r.Problem == "" && err != nil {
		r.Problem = err.Error()
	}
	if r.Problem == "" {
		r.Problem = wrongText(slices.Concat(r.Labels, r.Captions))
	}
	if r.Problem != "" {
		x.Account.Refused++
		x.Account.note(fateRefused, "named each", Printable(r.Name)+": "+r.Problem, 1)
		return x.whole.Add(Row{Name: Printable(r.Name), Seq: r.Seq, Problem: Printable(r.Problem)})
	}
	r.Name = name
	given := len(r.Captions)
	r.Labels, r.Captions = Trimmed(r.Labels), Trimmed(r.Captions)
	r.Blank = given - len(r.Captions)
	x.Accepted++
	return x.parts.Add(r)
}

// wrongText says what no reader of text would accept, or "".
func wrongText(list []string) string {
	for _, s := range list {
		switch {
		case !utf8.ValidString(s) || strings.ContainsRune(s, pyjson.NotUTF8):
			return fmt.Sprintf("its text %.80q is not UTF-8: save the file as UTF-8 (it may be cp1252 or UTF-16)", s)
		case len(s) > MaxLine:
			return "its text is longer than 1 MiB"
		}
	}
	return ""
}

// SetClasses sets the list of classes, which must be the same in all parts of a set.
func (x *Index) SetClasses(names []string) error {
	if x.Classes != nil && !slices.Equal(x.Classes, names) {
		return fmt.Errorf("its classes differ from those of the files before it: %d, not %d", len(names), len(x.Classes))
	}
	x.Classes = names
	return nil
}

// Merge counts rows that become part of a picture which is added separately.
func (x *Index) Merge(n int) { x.Accepted += n }

// Ignore counts something that a rule leaves out.
func (x *Index) Ignore(why, example string) {
	x.Account.Ignored++
	x.Account.note(fateIgnored, why, example, 1)
}

// Leave counts something that the suite leaves out.
func (x *Index) Leave(why, example string) {
	x.Ignore(why, example)
	x.Account.Asked++
	for i, r := range x.Account.Reasons {
		if r.Fate == fateIgnored && r.Why == Printable(why) {
			x.Account.Reasons[i].Asked = true
		}
	}
}

// Overwrite counts something that a later entry replaces.
func (x *Index) Overwrite(why, example string) {
	x.Account.Overwritten++
	x.Account.note(fateOverwritten, why, example, 1)
}

// Refuse counts further entries that belong to an item which Bad has named.
func (x *Index) Refuse(n int) {
	if n > 0 {
		x.Account.Refused += n
		x.Account.note(fateRefused, "named each", "", n)
	}
}

// Bad names something that cannot be a picture; reading goes on.
func (x *Index) Bad(name, format string, args ...any) error {
	return x.AddUnordered(Row{Name: name, Problem: fmt.Sprintf(format, args...), Seq: x.seq})
}

// Finish joins the parts of each picture.
func (x *Index) Finish() error {
	x.parts.Seal()
	var open Row
	for r, err := range x.parts.All() {
		if err = errors.Join(err, x.Ctx.Err()); err != nil {
			return err
		}
		if r.Name == open.Name {
			if len(open.Captions)+len(open.Labels) > MaxTexts {
				return fmt.Errorf("%s has more than %d captions and labels", r.Name, MaxTexts)
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
			open.Labels = Unique(slices.Concat(open.Labels, r.Labels))
			continue
		}
		if err := x.put(open); err != nil {
			return err
		}
		open = r
		open.Labels = Unique(r.Labels)
		open.Captions = slices.Clone(r.Captions)
	}
	if err := x.put(open); err != nil {
		return err
	}
	x.whole.Seal()
	x.Account = x.Account.closed(x.pictures, x.Accepted)
	return x.parts.Close()
}

func (x *Index) put(r Row) error {
	if r.Name == "" {
		return nil
	}
	x.pictures++
	return x.whole.Add(r)
}

// Rows yields all pictures and problems in order, and finally ctx's error if ctx has ended.
func (x *Index) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(Row{}, err)
			return
		}
		for r, err := range x.whole.All() {
			if err = errors.Join(err, ctx.Err()); !yield(r, err) || err != nil {
				return
			}
		}
	}
}

func (x *Index) Close() error { return errors.Join(x.parts.Close(), x.whole.Close()) }
