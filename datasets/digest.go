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

// digest is the running hash of a set; every value is preceded by its length, so that no
// two sets read alike.
type digest struct{ sum hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

func (d digest) text(values ...string) {
	d.count(len(values))
	for _, v := range values {
		d.count(len(v))
		d.sum.Write([]byte(v))
	}
}

func (d digest) count(n int) {
	d.sum.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// image adds a picture; content is the SHA-256 of its bytes.
func (d digest) image(im Image, content []byte) {
	d.text(im.Name, string(content))
	d.text(im.Labels...)
}

func (d digest) query(t Text) {
	d.text(t.Text)
	d.text(t.Labels...)
	d.text(t.Images...)
}

func (d digest) hex() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// record is one picture that readAll has read.
type record struct {
	image Image
	size  int64
	sum   []byte
}

// readAll reads every picture on all cores, hands each to use, and returns the records in
// their order, the texts and the set's hash.
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
	d := newDigest()
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
	return out, texts, d.hex(), nil
}

func (r *record) read(ctx context.Context, use func(Image, []byte) error) error {
	data, err := r.image.Read(ctx)
	if err != nil {
		return fmt.Errorf("picture %s: %w", r.image.ID, err)
	}
	sum := sha256.Sum256(data)
	r.size, r.sum = int64(len(data)), sum[:]
	return use(r.image, data)
}
