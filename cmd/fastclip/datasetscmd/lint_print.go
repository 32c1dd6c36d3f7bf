package datasetscmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

// linted is what lint says about a whole dataset.
type linted struct {
	Name     string `json:"dataset"`
	Images   int    `json:"images"`
	Texts    int    `json:"texts"`
	Captions string `json:"captions_an_image"` // such as 5, or 1-5
	Labels   int    `json:"labels"`
	PerLabel string `json:"images_a_label"`
	Hash     string `json:"hash"`
}

// lintedFlaw is a flaw in the JSON output.
type lintedFlaw struct {
	Dataset string `json:"dataset"`
	Finding string `json:"finding"`
	Count   int    `json:"count"`
	Example string `json:"example"`
}

func (l *linter) print(w io.Writer, asJSON bool) error {
	if asJSON {
		flaws := []lintedFlaw{}
		for _, f := range l.found {
			flaws = append(flaws, lintedFlaw{f.dataset, f.what, f.count, f.example})
		}
		return cli.WriteJSON(w, struct {
			Datasets []linted     `json:"datasets"`
			Findings []lintedFlaw `json:"findings"`
			Notes    []string     `json:"notes"`
		}{append([]linted{}, l.linted...), flaws, append([]string{}, l.balances...)})
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "DATASET\tIMAGES\tTEXTS\tCAPTIONS AN IMAGE\tLABELS\tIMAGES A LABEL\tHASH")
	for _, d := range l.linted {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%d\t%s\t%s\n", d.Name, d.Images, d.Texts, d.Captions, d.Labels, d.PerLabel, d.Hash)
	}
	if len(l.found) > 0 {
		fmt.Fprintln(table, "\nDATASET\tFINDING\tCOUNT\tFOR EXAMPLE")
	}
	for _, f := range l.found {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", f.dataset, f.what, f.count, strings.Join(strings.Fields(f.example), " "))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i, b := range l.balances {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, b)
	}
	return nil
}
