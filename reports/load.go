package reports

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Load reads the finished run in dir for a report. It checks that all files are as the run wrote them. A
// run without hashes cannot be checked that way, so Load checks that its scores follow from its queries.
func Load(dir, format string) (*store.Results, error) {
	folder, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := folder.Verify(); err != nil {
		return nil, err
	}
	if format != "html" && folder.Hashed() {
		return read(folder)
	}
	res, err := folder.Load(append(tables(), store.TableQueries)...) // the gallery of the page shows the queries
	if err != nil {
		return nil, err
	}
	if !folder.Hashed() {
		return res, res.CheckScores()
	}
	return res, nil
}

// LoadText is Load for the text formats of a run that this program has just written.
func LoadText(dir string) (*store.Results, error) {
	folder, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	return read(folder)
}

// read loads only the part of the queries that the tests of scores need, because queries are by far the
// largest table.
func read(folder *store.Folder) (*store.Results, error) {
	res, err := folder.Load(tables()...)
	if err != nil {
		return nil, err
	}
	return res, folder.LoadOutcomes(res, facts.TestedMetrics(res.Scores)...)
}

func tables() []store.Table {
	return []store.Table{
		store.TableRun, store.TableDatasets, store.TableVariants, store.TableScores, store.TablePooled, store.TableDrift, store.TableTimings,
		store.TableFailures, store.TableItems,
	}
}
