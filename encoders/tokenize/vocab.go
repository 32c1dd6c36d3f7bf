package tokenize

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// bpe_simple_vocab_16e6.txt.gz is openai/CLIP's vocabulary (MIT, see NOTICE), taken out of a
// pinned wheel:
//
//	pip download --no-deps open_clip_torch==3.3.0   # sha256 c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce
//	unzip -j open_clip_torch-3.3.0-py3-none-any.whl open_clip/bpe_simple_vocab_16e6.txt.gz
//
// Its sha256 is 924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a.
//
//go:embed bpe_simple_vocab_16e6.txt.gz
var vocabulary []byte

// Ids of the two special tokens in CLIP's vocabulary, and the number of ids.
const (
	SOT  = 49406
	EOT  = 49407
	Size = 49408
)

// suffix marks a unit at the end of a word.
const suffix = "</w>"

// Vocab is a byte pair vocabulary: the ids of units, and the pairs that merge, in order of rank. It does not change after loading.
type Vocab struct {
	units, finals [256]int32       // ids of a byte within a word, and at its end
	ranks         map[uint64]int32 // rank of each pair
	merged        []int32          // for each rank, the id of the merged pair
	sot, eot      int64
	size          int // number of ids
	missing       int // number of bytes that have no id and become the end token
	key           string
}

// pair is the key of two units in ranks.
func pair(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

// Size is the number of ids in the vocabulary.
func (v *Vocab) Size() int { return v.size }

// Key identifies everything that affects ids.
func (v *Vocab) Key() string { return v.key }

// spelled is a pair of units by their spellings.
type spelled struct{ left, right string }

// newVocab makes a vocabulary from merges in order of rank; id has each unit's spelling. source names the file, for errors.
func newVocab(source string, merges []spelled, id map[string]int64, sot, eot string) (*Vocab, error) {
	v := &Vocab{ranks: make(map[uint64]int32, len(merges)), merged: make([]int32, 0, len(merges)), size: len(id)}
	var ok [2]bool
	v.sot, ok[0] = id[sot]
	v.eot, ok[1] = id[eot]
	if !ok[0] || !ok[1] {
		return nil, fmt.Errorf("%s: no id for %s or %s: this is not a CLIP vocabulary", source, sot, eot)
	}
	for unit, n := range id {
		if n < 0 || n > math.MaxInt32 {
			return nil, fmt.Errorf("%s: id %d of %q is out of range", source, n, unit)
		}
	}
	for b, unit := range byteUnits() {
		v.units[b], v.finals[b] = int32(v.eot), int32(v.eot)
		if n, ok := id[unit]; ok {
			v.units[b] = int32(n)
		} else {
			v.missing++
		}
		if n, ok := id[unit+suffix]; ok {
			v.finals[b] = int32(n)
		} else {
			v.missing++
		}
	}
	for _, m := range merges {
		left, ok1 := id[m.left]
		right, ok2 := id[m.right]
		to, ok3 := id[m.left+m.right]
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("%s: merge %q %q: it or its result has no id: merges and vocabulary do not belong together", source, m.left, m.right)
		}
		p := pair(int32(left), int32(right))
		if _, twice := v.ranks[p]; twice {
			return nil, fmt.Errorf("%s: merge %q %q comes twice", source, m.left, m.right)
		}
		v.ranks[p] = int32(len(v.merged))
		v.merged = append(v.merged, int32(to))
	}
	v.key = v.hash(merges)
	return v, nil
}

// hash is the SHA-256 of everything that affects ids.
func (v *Vocab) hash(merges []spelled) string {
	h := sha256.New()
	all := append([]int32{int32(v.sot), int32(v.eot)}, v.units[:]...)
	all = append(append(all, v.finals[:]...), v.merged...)
	buf := make([]byte, 0, 4*len(all)+16*len(merges))
	for _, n := range all {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(n))
	}
	for _, m := range merges {
		buf = append(append(append(append(buf, m.left...), ' '), m.right...), '\n')
	}
	h.Write(buf) // never fails
	return hex.EncodeToString(h.Sum(nil))
}

// embedded parses the embedded vocabulary.
func embedded() (*Vocab, error) {
	zr, err := gzip.NewReader(bytes.NewReader(vocabulary))
	if err != nil {
		return nil, fmt.Errorf("embedded vocabulary: %w", err)
	}
	return LoadBPE(zr)
}

// LoadBPE reads the decompressed text of openai/CLIP's bpe_simple_vocab_16e6.txt: a header line, then one merge per line. CLIP uses the first 48,894 merges.
// Ids are numbered as in CLIP.
func LoadBPE(r io.Reader) (*Vocab, error) {
	const source, want = "bpe vocabulary", 49152 - 256 - 2
	merges := make([]spelled, 0, want)
	id := make(map[string]int64, Size)
	units := byteUnits()
	for _, end := range []string{"", suffix} {
		for _, b := range unitOrder() {
			id[units[b]+end] = int64(len(id))
		}
	}
	sc := bufio.NewScanner(r)
	sc.Scan() // skips the header
	for len(merges) < want && sc.Scan() {
		m, err := parseMerge(sc.Text())
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", source, len(merges)+2, err)
		}
		merges = append(merges, m)
		if _, twice := id[m.left+m.right]; twice {
			return nil, fmt.Errorf("%s: line %d: %q comes twice", source, len(merges)+1, m.left+m.right)
		}
		id[m.left+m.right] = int64(len(id))
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: line %d: %w", source, len(merges)+2, err)
	}
	if len(merges) < want {
		return nil, fmt.Errorf("%s: %d merges, want %d: is the file cut off?", source, len(merges), want)
	}
	id[startToken], id[endToken] = SOT, EOT
	return newVocab(source, merges, id, startToken, endToken)
}

// parseMerge reads two units separated by a space.
func parseMerge(line string) (spelled, error) {
	left, right, ok := strings.Cut(line, " ")
	if !ok || left == "" || right == "" || strings.Contains(right, " ") {
		return spelled{}, errors.New(clip(line) + " is not a pair of units")
	}
	return spelled{left, right}, nil
}

// clip quotes the start of a text for an error message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "..."
	}
	return fmt.Sprintf("%q", s)
}

// unitOrder lists the bytes in the order of their ids: printable ones first.
func unitOrder() []int {
	var order, rest []int
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE {
			order = append(order, b)
		} else {
			rest = append(rest, b)
		}
	}
	return append(order, rest...)
}

// byteUnits maps each byte to a printable character: itself, or one from U+0100 on.
func byteUnits() (units [256]string) {
	next := rune(256)
	for i, b := range unitOrder() {
		if i < 188 {
			units[b] = string(rune(b))
			continue
		}
		units[b] = string(next)
		next++
	}
	return units
}
