package tokenize

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"
)

// bpe_simple_vocab_16e6.txt.gz is openai/CLIP's vocabulary (MIT, see NOTICE), as the
// open_clip_torch 3.3.0 wheel carries it (sha256 924691ac288e5440...).
//
//go:embed bpe_simple_vocab_16e6.txt.gz
var vocabulary []byte

// Ids of the two special tokens, and how many ids there are.
const (
	SOT  = 49406
	EOT  = 49407
	Size = 49408
)

// vocab is byte-pair merges by rank, and the id of each unit.
type vocab struct {
	ids   map[string]int64
	ranks map[pair]int
	bytes [256]string // the printable character that stands for each byte
}

type pair struct{ left, right string }

// loadVocab parses the gzip-compressed merges file.
func loadVocab(data []byte) (*vocab, error) {
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	v, err := parseMerges(zr)
	if err := errors.Join(err, zr.Close()); err != nil {
		return nil, fmt.Errorf("vocabulary: %w", err)
	}
	return v, nil
}

// parseMerges reads a header line and then a merge a line, as many as CLIP uses.
func parseMerges(r io.Reader) (*vocab, error) {
	v := &vocab{ids: make(map[string]int64, Size), ranks: make(map[pair]int, Size), bytes: byteUnits()}
	order := unitOrder()
	for _, suffix := range []string{"", "</w>"} {
		for _, b := range order {
			v.ids[v.bytes[b]+suffix] = int64(len(v.ids))
		}
	}
	const want = 49152 - 256 - 2
	sc := bufio.NewScanner(r)
	sc.Scan() // the header
	for len(v.ranks) < want && sc.Scan() {
		left, right, ok := strings.Cut(sc.Text(), " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return nil, fmt.Errorf("line %d: %q is not a pair of units", len(v.ranks)+2, sc.Text())
		}
		v.ranks[pair{left, right}] = len(v.ranks)
		v.ids[left+right] = int64(512 + len(v.ranks) - 1)
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if len(v.ranks) < want {
		return nil, fmt.Errorf("%d merges, want %d", len(v.ranks), want)
	}
	return v, nil
}

// unitOrder is the bytes in the order of their ids: printable ones first.
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

// byteUnits maps each byte to a printable character: itself, or one from 256 on.
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
