package tokenize

// candidate is two neighbouring units that can merge.
type candidate struct {
	rank        int32
	at          int32 // start of the left unit, in bytes of the word
	left, right int32 // ids of both units, to check that they are unchanged
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

// merger is CLIP's byte pair encoding (Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016; on bytes as in
// GPT-2 and openai/CLIP). It encodes one word. The word's units form a linked list, and the pairs that can merge are in a heap: lowest rank first, then
// leftmost. A word of n bytes takes time n log n.
//
// This is the order of tokenizers 0.23.3. openai/CLIP's SimpleTokenizer merges all occurrences of the lowest pair before it looks again. Both give the same
// ids as long as no merge makes a pair that ranks before the merge itself; TestMergesRankInOrder checks this for the vocabulary.
type merger struct {
	v          *Vocab
	ids        []int32 // id of the unit that starts at each byte; below 0 if no unit starts there
	next, prev []int32
	heap       []candidate
}

const gone = -1

// appendWord appends the ids of a word, which is given as bytes.
func (v *Vocab) appendWord(dst []int64, word string) []int64 {
	n := len(word)
	if n == 0 {
		return dst
	}
	links := make([]int32, 3*n)
	m := merger{v: v, ids: links[:n], next: links[n : 2*n], prev: links[2*n:]}
	for i := range n {
		m.ids[i] = v.units[word[i]]
		m.next[i], m.prev[i] = int32(i+1), int32(i-1)
	}
	m.ids[n-1] = v.finals[word[n-1]]
	for i := range n - 1 {
		m.offer(int32(i))
	}
	for len(m.heap) > 0 {
		m.merge(m.pop())
	}
	for i := int32(0); i < int32(n); i = m.next[i] {
		dst = append(dst, int64(m.ids[i]))
	}
	return dst
}

// offer adds the unit at a byte and the next one to the heap, if they can merge.
func (m *merger) offer(at int32) {
	if at < 0 || int(m.next[at]) >= len(m.ids) {
		return
	}
	left, right := m.ids[at], m.ids[m.next[at]]
	rank, ok := m.v.ranks[pair(left, right)]
	if !ok {
		return
	}
	m.heap = append(m.heap, candidate{rank, at, left, right})
	for i := len(m.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !m.heap[i].before(m.heap[up]) {
			break
		}
		m.heap[i], m.heap[up] = m.heap[up], m.heap[i]
		i = up
	}
}

func (m *merger) pop() candidate {
	top, last := m.heap[0], len(m.heap)-1
	m.heap[0] = m.heap[last]
	m.heap = m.heap[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < last && m.heap[down+1].before(m.heap[down]) {
			down++
		}
		if down >= last || !m.heap[down].before(m.heap[i]) {
			return top
		}
		m.heap[i], m.heap[down] = m.heap[down], m.heap[i]
		i = down
	}
}

// merge joins a candidate's units, unless they have changed since.
func (m *merger) merge(c candidate) {
	n := int32(len(m.ids))
	right := m.next[c.at]
	if m.ids[c.at] != c.left || right >= n || m.ids[right] != c.right {
		return
	}
	m.ids[c.at], m.ids[right] = m.v.merged[c.rank], gone
	after := m.next[right]
	m.next[c.at] = after
	if after < n {
		m.prev[after] = c.at
	}
	m.offer(m.prev[c.at])
	m.offer(c.at)
}
