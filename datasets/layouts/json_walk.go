package layouts

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/pyjson"
)

// maxJSONEntry is the largest length in bytes of an entry of a JSON list. The outline of a crowd takes about 100 kB.
const maxJSONEntry = 16 << 20

// walkJSON reads an object entry by entry. For each key that has a function in lists, it calls that function for each entry of the list; the function must
// decode the entry. Other values are skipped token by token. Errors name the list and the entry.
func walkJSON(r io.Reader, lists map[string]func(decode func(v any) error) error) error {
	in := bufio.NewReader(r)
	switch head, _ := in.Peek(4); { // if it fails, the decoder reports the error
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.IndexByte(head, 0) >= 0:
		return errors.New("it is UTF-16: save it as UTF-8")
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		if _, err := in.Discard(len(byteOrderMark)); err != nil {
			return err
		}
	}
	limited := datasets.NewBudget(pyjson.NewReader(in), maxJSONEntry)
	dec := json.NewDecoder(limited)
	if err := openJSON(dec, '{'); err != nil {
		return err
	}
	for dec.More() {
		limited.Refill()
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		each, wanted := lists[name]
		if !wanted {
			if err := skipJSON(dec, limited); err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			continue
		}
		if err := openJSON(dec, '['); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
		for n := 0; dec.More(); n++ {
			limited.Refill()
			if err := each(dec.Decode); err != nil {
				return fmt.Errorf("%q, entry %d: %w", name, n, err)
			}
		}
		if _, err := dec.Token(); err != nil {
			return fmt.Errorf("%q: %w", name, whole(err))
		}
	}
	if _, err := dec.Token(); err != nil {
		return whole(err)
	}
	limited.Refill()
	if token, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("text follows the end of the JSON object: %w", cmp.Or(err, fmt.Errorf("%v", token)))
	}
	return nil
}

func openJSON(dec *json.Decoder, want json.Delim) error {
	token, err := dec.Token()
	if err != nil {
		return whole(err)
	}
	if token != want {
		return fmt.Errorf("found %v, want %v", token, want)
	}
	return nil
}

// skipJSON skips the next value.
func skipJSON(dec *json.Decoder, limited *datasets.Budget) error {
	for depth := 0; ; {
		limited.Refill()
		token, err := dec.Token()
		if err != nil {
			return whole(err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > 1000 {
			return errors.New("nested more than 1000 deep")
		}
		if depth == 0 {
			return nil
		}
	}
}

// whole turns an unexpected end into an error that the file is cut short.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file is cut short: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// entry decodes one entry of a list. wrong says why the entry is refused, and reading continues; err ends reading.
func entry[T any](decode func(v any) error) (v T, wrong, err error) {
	err = decode(&v)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return v, err, nil
	}
	return v, nil, whole(err)
}

// jsonID is an ID that is a number or a text.
type jsonID string

func (id *jsonID) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*id = jsonID(s)
		return nil
	}
	var n json.Number
	err := json.Unmarshal(data, &n)
	*id = jsonID(pyjson.WholeNumber(n))
	return err
}
