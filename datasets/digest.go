package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Digest is the running hash of a set. Each value is preceded by its length, so that two different sets cannot
// give the same bytes.
type Digest struct{ sum hash.Hash }

// NewDigest is an empty digest.
func NewDigest() Digest { return Digest{sha256.New()} }

// Text adds a list of strings.
func (d Digest) Text(values ...string) {
	d.Count(len(values))
	for _, v := range values {
		d.Count(len(v))
		d.sum.Write([]byte(v))
	}
}

// Count adds a number.
func (d Digest) Count(n int) {
	d.sum.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// image adds a picture. content is the SHA-256 of its bytes, or the result of its Sum.
func (d Digest) image(im Image, content []byte) {
	d.Text(im.Name, string(content))
	d.Text(im.Labels...)
	if im.Class > 0 { // labels need not say it, because two classes may share a name
		d.Count(im.Class)
	}
}

// classes adds the list of classes, including those that no picture shows. Without a list it adds nothing.
func (d Digest) classes(names []string) {
	if names != nil {
		d.Text(names...)
	}
}

func (d Digest) query(t Text) {
	d.Text(t.Text)
	d.Text(t.Labels...)
	d.Text(t.Images...)
}

// Hex is the hash of what was added so far.
func (d Digest) Hex() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// Hash reads the whole set and returns its hash, the one in Info.
func Hash(ctx context.Context, ds Dataset) (string, error) {
	_, _, hash, err := readAll(ctx, ds, func(Image, []byte) error { return nil })
	return hash, err
}

// record is one picture that readAll has read.
type record struct {
	image Image
	size  int64
	sum   []byte
}

// readAll reads every picture on all cores, and passes each to use. It returns the records in order, the
// texts and the set's hash.
func readAll(ctx context.Context, ds Dataset, use func(Image, []byte) error) ([]record, []Text, string, error) {
	var records []*record
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for im, err := range ds.Images(inner) {
		if err != nil {
			group.Go(func() error { return err })
			break
		}
		r := &record{image: im}
		records = append(records, r)
		group.Go(func() error { return r.read(inner, use) })
	}
	if err := group.Wait(); err != nil {
		return nil, nil, "", err
	}
	d := NewDigest()
	out := make([]record, len(records))
	for i, r := range records {
		out[i] = *r
		d.image(r.image, r.sum)
	}
	var texts []Text
	for t, err := range ds.Texts(ctx) {
		if err != nil {
			return nil, nil, "", fmt.Errorf("texts: %w", err)
		}
		texts = append(texts, t)
		d.query(t)
	}
	d.classes(describe(ds, "").Classes)
	return out, texts, d.Hex(), nil
}

func (r *record) read(ctx context.Context, use func(Image, []byte) error) error {
	data, err := r.image.Read(ctx)
	if err != nil {
		return fmt.Errorf("picture %s: %w", r.image.ID, err)
	}
	r.size = int64(len(data))
	if r.image.Sum == nil {
		sum := sha256.Sum256(data)
		r.sum = sum[:]
	} else if r.sum, err = r.image.Sum(data); err != nil {
		return fmt.Errorf("picture %s: %w", r.image.ID, err)
	}
	return use(r.image, data)
}
