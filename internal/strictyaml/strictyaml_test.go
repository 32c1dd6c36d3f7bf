package strictyaml_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/strictyaml"
)

type inner struct {
	Batch int      `yaml:"batch"`
	Trim  bool     `yaml:"trim"`
	Share *float64 `yaml:"share"`
}

type Inline struct {
	Since string `yaml:"since"`
}

type file struct {
	Name    string            `yaml:"name"`
	Seed    uint64            `yaml:"seed"`
	Timeout time.Duration     `yaml:"timeout"`
	List    []inner           `yaml:"list"`
	Words   []string          `yaml:"words"`
	Options map[string]string `yaml:"options"`
	One     *inner            `yaml:"one"`
	Inline  `yaml:",inline"`
	Hidden  string `yaml:"-"`
}

// TestDecode: an error says where and what to write, and does not mention Go types.
func TestDecode(t *testing.T) {
	for data, want := range map[string][]string{
		"timeout: soon":                         {"[1:10] soon: want a duration such as 10s or 5m"},
		"timeout: 10":                           {"[1:10] 10: want a duration such as 10s"},
		"timeuot: 10s":                          {`[1:1] unknown field "timeuot"; did you mean "timeout"?`},
		"hidden: x":                             {`[1:1] unknown field "hidden"`},
		"list: [{bathc: 3}]":                    {`[1:9] unknown field "bathc"; did you mean "batch"?`},
		"list: [{annotations: 3}]":              {`[1:9] unknown field "annotations"; want batch, trim`},
		"list: [{batch: 1.5}]":                  {"[1:16] 1.5: want a whole number"},
		"seed: 2.000001":                        {"[1:7] 2.000001: want a whole number that is not negative"},
		"list: [{batch: 1e-3}]":                 {"want a whole number"},
		"list: [{batch: lots}]":                 {"[1:16] lots: want a whole number"},
		"list: [{batch: 99999999999999999999}]": {"want a whole number"},
		"list: {batch: 1}":                      {"want a list here"},
		"list: [{trim: 3}]":                     {"[1:15] 3: want true or false"},
		"list: [{share: much}]":                 {"[1:16] much: want a number"},
		"seed: -1":                              {"[1:7] -1: want a whole number that is not negative"},
		"one: hello":                            {"[1:6] want keys and values here"},
		"words: !!seq [a]":                      nil,
		"words: a":                              {"[1:8] want a list here"},
		"words: [[a]]":                          {"want a text"},
		"hello":                                 {"[1:1] want keys and values here"},
		"name: [x":                              {"[1:7] sequence end token"},
		"name: a\nname: b":                      {`[2:1] mapping key "name" already defined`},
		"":                                      {"the file is empty"},
		"name: a\n---\nname: b\n":               {"[3:5] a second document"},
		"nam: a\nseed: x\nlist: [{trim: 3}]\n":  {"[1:1] unknown field", "\n[2:7] x: want a whole", "\n[3:15] 3: want true"},
		"name: 3\noptions: {a: 1}\nsince: 2026-01-02T03:04:05Z\none: null\nwords: []": nil,
		"one: &a {batch: 1}\nlist: [*a, {<<: *a, trim: true}]":                        nil,
		"one: &a {bach: 1}\nlist: [*a]":                                               {`[1:10] unknown field "bach"`},
	} {
		err := strictyaml.Decode([]byte(data), &file{})
		if want == nil {
			assert.NoError(t, err, data)
			continue
		}
		require.Error(t, err, data)
		for _, w := range want {
			assert.Contains(t, err.Error(), w, data)
		}
		assert.NotRegexp(t, `Go |int64|uint|interface|reflect|unmarshal`, err.Error(), data)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("list: [{batch: 3}]\none: &a {share: .5}\noptions: {<<: *a}"))
	f.Add([]byte("? [a]\n: !x {b: *c}"))
	f.Fuzz(func(_ *testing.T, data []byte) { _ = strictyaml.Decode(data, &file{}) })
}
