package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// heading is the page above its sections.
const heading = `# Performance

` + "`./task bench`" + ` makes this page. The command above each figure produced it; the line below it gives the machine and the day. ` + "`./task bench -- -list`" + `
lists the sections. ` + "`./task bench -- -only ID,ID`" + ` makes only the named sections again, and ` + "`-only all`" + ` makes all. [bench.md](bench.md) says how the tables are measured.

The line of the machine names the class of its processor, as ` + "`fastclip doctor`" + ` does. Older lines name no class: family 6 model 167 is ` + "`amd64-avx512-vnni`" + `.
Times differ between classes, and so does the drift of int8 if 8-bit sums saturate ([models.md](models.md)).

Commands run in ` + "`.cache/bench`" + `. ` + "`./task bench`" + ` puts the suites of testdata/bench there and makes what they need: ` + "`retrieval`" + ` (` + "`" + makeRetrieval + "`" + `)
and ` + "`vit-b-32`" + ` (` + "`" + makeViT + "`" + `). ViT-B/32 has random weights: its times and drift are meaningful, its scores are not.
`

// marked matches a section of the page.
var marked = regexp.MustCompile(`(?s)<!-- section ([a-z0-9-]+) -->\n(.*?)<!-- end -->\n`)

// readPage returns the sections of an earlier page, by name.
func readPage(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, m := range marked.FindAllStringSubmatch(string(data), -1) {
		out[m[1]] = m[2]
	}
	return out, nil
}

// writePage writes the sections in the order of the table.
func writePage(path string, made map[string]string) error {
	var b strings.Builder
	b.WriteString(heading)
	for _, s := range sections() {
		if text, ok := made[s.id]; ok {
			fmt.Fprintf(&b, "\n<!-- section %s -->\n%s<!-- end -->\n", s.id, text)
		}
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// chosen returns the sections to make: the named ones, all if the name is "all", and without names those that are not heavy.
func chosen(names string) ([]section, error) {
	var out []section
	for _, s := range sections() {
		if names == "all" || names == "" && !s.heavy || slices.Contains(strings.Split(names, ","), s.id) {
			out = append(out, s)
		}
	}
	for _, name := range strings.Split(names, ",") {
		if name != "" && names != "all" && !slices.ContainsFunc(out, func(s section) bool { return s.id == name }) {
			return nil, fmt.Errorf("no section %q", name)
		}
	}
	return out, nil
}
