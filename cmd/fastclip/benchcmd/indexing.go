package benchcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/databases"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/spf13/cobra"
)

func newBenchIndexingCmd(e *cli.Env) *cobra.Command {
	f := benchIndexingFlags{
		modalities: []string{store.TowerImage, store.TowerText}, batches: []int{100, 50, 10, 1},
		documents: 400, queries: 50, minRecall: 0.8, backend: "sqlite-vec", images: "files", model: "open_clip/ViT-B-32/openai",
	}
	cmd := &cobra.Command{
		Use:   "indexing [SUITE]",
		Short: "time adding documents to a vector database (add_documents), by client batch size",
		Long: `indexing adds documents of a suite's first dataset to a vector database as a client would, in
batches of several sizes, and times each phase: load, decode, preprocess (texts: tokenize),
encode, to_output, index. Each round adds one batch to each row in turn. A row goes on
until it has all its documents and its time per document has settled, or until --max-time.

Then the database is restarted and each row is checked. A row fails if documents are missing or
if its recall@10 against exact search is too low. Failed rows are named on stderr, and the exit
status is 1.

Databases (--backend):
` + databases.BackendHelp() + `
CBS is the client batch size. Times are in ms per document.`,
		Example: `  fastclip bench indexing --only fast/mini
  fastclip bench indexing --images http --batch 100,1 --json
  fastclip bench indexing my-suite.yaml --backend chroma --out results/indexing
  fastclip bench indexing --backend pgvector --url postgres://me:secret@localhost:5432/mine
  fastclip bench indexing --backend marqo --url http://localhost:8882 --model open_clip/ViT-B-32/openai`,
		Args: cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := cli.SuiteOf(args)
			return runBenchIndexing(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.modalities, "modality", f.modalities, "image, text or both")
	fl.IntSliceVar(&f.batches, "batch", f.batches, "client batch sizes")
	fl.IntVar(&f.documents, "documents", f.documents, "minimum number of documents per row")
	fl.IntVar(&f.queries, "queries", f.queries, "number of queries to measure recall with")
	fl.Float64Var(&f.minRecall, "min-recall", f.minRecall, "a row fails if its recall@10 is lower")
	fl.StringVar(&f.backend, "backend", f.backend, "database: "+strings.Join(databases.BackendNames(), ", "))
	fl.StringVar(&f.url, "url", "", "address of a running server; for pgvector postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	fl.StringVar(&f.model, "model", f.model, "the model that marqo embeds with")
	fl.StringVar(&f.images, "images", f.images, "files, or http from a local server")
	fl.StringVar(&f.dir, "dir", "", "folder for the database's files (default: a temporary one)")
	f.add(cmd, "batch")
	return cmd
}

func runBenchIndexing(ctx context.Context, e *cli.Env, name string, f benchIndexingFlags) (err error) {
	if err := f.check(); err != nil {
		return cli.WrongCall(err)
	}
	cfg, err := f.config(e, name)
	if err != nil {
		return err
	}
	suite := cfg.Suite
	dir, err := os.MkdirTemp(f.dir, "fastclip-indexing-")
	if err != nil {
		return fmt.Errorf("folder for the database: %w", err)
	}
	defer os.RemoveAll(dir)
	backend, err := databases.OpenBackend(ctx, f.backend, databases.Where{URL: f.url, Model: f.model, Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, backend.Close()) }()
	started := time.Now().UTC()
	res, err := bench.Indexing(ctx, bench.IndexingConfig{
		Config: benchOf(cfg), Backend: backend, Modalities: f.modalities, Batches: f.batches, Documents: f.documents, Queries: f.queries,
		MinRecall: f.minRecall, HTTP: f.images == "http",
	})
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := bench.SaveIndexing(f.out, benchOf(cfg), started, res.Rows); err != nil {
			return err
		}
	}
	if f.json {
		err = writeIndexingJSON(json.NewEncoder(e.Stdout), res, suite.Bench, f.images)
	} else {
		err = writeIndexing(e.Stdout, res.Rows, suite.Bench, f.images)
	}
	if err != nil {
		return err
	}
	return indexingOutcome(e, res)
}
