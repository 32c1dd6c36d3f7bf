package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// Column is a score column of the performance table: a direction on one dataset, or its mean over several
// datasets.
type Column struct {
	Key       string   `json:"key"` // snake_case; csv headings start with it
	Title     string   `json:"title"`
	Direction string   `json:"direction"`
	Metric    string   `json:"metric"`
	Datasets  []string `json:"datasets"`
}

// arities are the known numbers of objects in a picture, in the order of their columns.
var arities = [...]string{"single", "double", "triple"}

// buildColumns lists text-to-image by dataset, then the means of the directions from images, and last
// those over all searches. The tests compare variants by these means, so a row shows what the report
// counts.
func buildColumns(res *store.Results, metric string) []Column {
	columns := append(textColumns(res.Datasets),
		Column{Key: "i2t", Title: "image-to-text", Direction: "i2t", Datasets: scored(res, metric, "i2t")},
		Column{Key: "i2i", Title: "image-to-image", Direction: "i2i", Datasets: scored(res, metric, "i2i")})
	for i := range columns {
		columns[i].Metric = metric
	}
	for _, m := range slices.Compact([]string{metric, sensitiveMetric}) {
		var sets []string
		searches := 0
		for _, direction := range directions {
			of := scored(res, m, direction)
			sets, searches = append(sets, of...), searches+len(of)
		}
		if slices.Sort(sets); searches > 1 || searches == 1 && m != metric {
			columns = append(columns, Column{Key: "all_" + snake(strings.ReplaceAll(m, "@", "")), Title: "all " + m, Direction: All, Metric: m, Datasets: slices.Compact(sets)})
		}
	}
	return columns
}

// directions of a search.
var directions = []string{store.TextToImage, store.ImageToText, store.ImageToImage}

// textColumns follow the order of the arities when each dataset has an arity of its own. They then have
// the arity's key.
func textColumns(sets []store.Dataset) []Column {
	byArity := map[string]string{}
	for _, d := range sets {
		if slices.Contains(arities[:], d.Arity) {
			byArity[d.Arity] = d.Dataset
		}
	}
	var columns []Column
	if len(byArity) == len(sets) {
		for _, arity := range arities {
			if name, ok := byArity[arity]; ok {
				columns = append(columns, Column{Key: "t2i_" + arity, Title: name, Direction: "t2i", Datasets: []string{name}})
			}
		}
		return columns
	}
	taken := map[string]int{}
	for _, d := range sets {
		key := "t2i_" + snake(d.Dataset)
		if taken[key]++; taken[key] > 1 {
			key = fmt.Sprintf("%s_%d", key, taken[key])
		}
		columns = append(columns, Column{Key: key, Title: d.Dataset, Direction: "t2i", Datasets: []string{d.Dataset}})
	}
	return columns
}

// scored are the datasets on which some variant has the metric in a direction.
func scored(res *store.Results, metric, direction string) []string {
	names := []string{}
	for _, d := range res.Datasets {
		if slices.ContainsFunc(res.Scores, func(s store.Score) bool {
			return s.Dataset == d.Dataset && s.Metric == metric && s.Direction == direction
		}) {
			names = append(names, d.Dataset)
		}
	}
	return names
}

// snake keeps the letters and digits of a name and replaces everything between them by one underscore.
func snake(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "_")
}
