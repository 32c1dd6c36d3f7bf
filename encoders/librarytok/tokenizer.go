package librarytok

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Version names the pinned libraries of the script, on which ids depend besides the tokenizer's files.
const Version = "transformers 5.23.0"

// Model is the part of a model folder that its tokenizer is made from.
type Model struct {
	Files map[string][]byte // by name: tokenizer.json, vocab.txt, spiece.model, tokenizer_config.json ...
	// Clean changes a text before the tokenizer, and Cleaning names that change. A nil Clean changes
	// nothing.
	Clean    func(string) string
	Cleaning string
}

// Key names the tokenizer: its files, its cleaning and the libraries.
func (m Model) Key() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		fmt.Fprintf(h, "%d %s %d ", len(name), name, len(m.Files[name]))
		h.Write(m.Files[name])
	}
	return Version + "/" + m.Cleaning + "/" + hex.EncodeToString(h.Sum(nil))
}

// Kept stores small values between runs; nil stores nothing.
type Kept interface {
	Get(key string) ([]byte, bool)
	Put(key string, value []byte) error
}

// Tokenizer makes ids. It is safe for concurrent use.
type Tokenizer struct {
	helper *Helper
	model  Model
	key    string
	kept   Kept

	mu    sync.Mutex
	known map[string]row // by length and text
	head  *answer        // what the last answer said about the tokenizer
}

type row struct {
	ids, types []int32
	cut        bool
}

// New is the tokenizer of a model. It starts the helper when it meets an unknown text.
func New(h *Helper, m Model, kept Kept) *Tokenizer {
	return &Tokenizer{helper: h, model: m, key: m.Key(), kept: kept, known: map[string]row{}}
}

// Key names everything that the ids depend on besides the text and the context.
func (t *Tokenizer) Key() string { return t.key }

// Batch is the ids of texts in rows of one length. Mask is 1 for every id that is not padding. Cut tells which
// texts were too long.
type Batch struct {
	IDs, Mask, Types []int64
	Cut              []bool
}

// Encode makes rows of exactly length ids, padded with the tokenizer's own padding on its own side.
func (t *Tokenizer) Encode(ctx context.Context, texts []string, length int) (*Batch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.learn(ctx, texts, length); err != nil {
		return nil, err
	}
	pad := t.head.Pad
	b := &Batch{IDs: make([]int64, len(texts)*length), Mask: make([]int64, len(texts)*length), Cut: make([]bool, len(texts))}
	for i, text := range texts {
		r := t.known[memo(text, length)]
		from := i * length
		if b.Cut[i] = r.cut; len(r.ids) > length {
			return nil, fmt.Errorf("%q has %d ids though it was cut to %d", text, len(r.ids), length)
		}
		if len(r.ids) < length {
			if pad == nil {
				return nil, fmt.Errorf("the tokenizer has no padding token, which %q needs in a row of %d", text, length)
			}
			for k := range length {
				b.IDs[from+k] = *pad
			}
		}
		at := from
		if t.head.Side == "left" {
			at += length - len(r.ids)
		}
		for k, id := range r.ids {
			b.IDs[at+k], b.Mask[at+k] = int64(id), 1
		}
		if r.types != nil {
			if b.Types == nil {
				b.Types = make([]int64, len(texts)*length)
			}
			for k, v := range r.types {
				b.Types[at+k] = int64(v)
			}
		}
	}
	return b, nil
}

// maxKnown limits the number of remembered texts, to a quarter of a million captions.
const maxKnown = 1 << 18

func memo(text string, length int) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(length))) + text
}

// learn gets the ids of texts from what an earlier run kept, or from the helper.
func (t *Tokenizer) learn(ctx context.Context, texts []string, length int) error {
	if len(t.known)+len(texts) > maxKnown {
		t.known = map[string]row{}
	}
	var missing, cleaned []string
	seen := map[string]bool{}
	for _, text := range texts {
		if _, ok := t.known[memo(text, length)]; !ok && !seen[text] {
			seen[text] = true
			missing = append(missing, text)
			if t.model.Clean != nil {
				text = t.model.Clean(text)
			}
			cleaned = append(cleaned, text)
		}
	}
	if len(missing) == 0 && t.head != nil {
		return nil
	}
	key := t.keptKey(missing, length)
	r, ok := t.keptRows(key, len(missing))
	if !ok {
		var err error
		if r, err = t.helper.encode(ctx, t.key, t.model.Files, cleaned, length); err != nil {
			return err
		}
		if err := t.keep(key, r); err != nil {
			return err
		}
	}
	t.head = &r.answer
	for i, text := range missing {
		own := row{ids: r.ids[i], cut: r.cut[i]}
		if r.types != nil {
			own.types = r.types[i]
		}
		t.known[memo(text, length)] = own
	}
	return nil
}

// keptKey is the key of a list of texts. A run asks for the whole list at once, and the next run asks
// again.
func (t *Tokenizer) keptKey(texts []string, length int) string {
	h := sha256.New()
	fmt.Fprintf(h, "token ids/%s/%d/%d ", t.key, length, len(texts))
	for _, text := range texts {
		fmt.Fprintf(h, "%d ", len(text))
		h.Write([]byte(text))
	}
	return "token ids " + hex.EncodeToString(h.Sum(nil))
}

func (t *Tokenizer) keptRows(key string, n int) (*rows, bool) {
	if t.kept == nil {
		return nil, false
	}
	data, ok := t.kept.Get(key)
	if !ok || len(data) < 4 {
		return nil, false
	}
	head := int(binary.LittleEndian.Uint32(data))
	if data = data[4:]; head > len(data) {
		return nil, false
	}
	r, err := decode(data[:head], data[head:], n)
	return r, err == nil
}

func (t *Tokenizer) keep(key string, r *rows) error {
	if t.kept == nil {
		return nil
	}
	head, err := json.Marshal(r.answer)
	if err != nil {
		return err
	}
	data := append(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head...)
	add := func(v int32) { data = binary.LittleEndian.AppendUint32(data, uint32(v)) }
	for i, ids := range r.ids {
		add(int32(len(ids)))
		if r.cut[i] {
			add(1)
		} else {
			add(0)
		}
	}
	for _, ids := range r.ids {
		for _, v := range ids {
			add(v)
		}
	}
	for i, ids := range r.ids {
		for k := range ids {
			if r.types == nil {
				add(0)
			} else {
				add(r.types[i][k])
			}
		}
	}
	return t.kept.Put(key, data)
}
