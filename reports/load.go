package reports

import (
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Load is what a report of the finished run in dir is made from. All its files are as the run wrote them; of
// a run without hashes at least the scores are what their queries come to.
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
	res, err := folder.Load(append(tables(), store.TableQueries)...) // the page's gallery shows them
	if err != nil {
		return nil, err
	}
	if !folder.Hashed() {
		return res, res.CheckScores()
	}
	return res, nil
}

// LoadText is Load of a run that this program has just written, for the formats in text.
func LoadText(dir string) (*store.Results, error) {
	folder, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	return read(folder)
}

// read takes of the queries, by far the largest table, only what the tests of scores need.
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
