package modelscmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/databases"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/librarytok"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/spf13/cobra"
)

func newModelsFetchCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "fetch [RUNTIME]...",
		Short: "fetch the Python packages that Python runtimes need",
		Long: `fetch lets uv install what the adapters of these runtimes need into uv's own cache, so that a
suite can start them. eval itself fetches nothing. Without a name, it fetches all of them:
` + strings.Join(encoders.PythonRuntimes(), ", ") + `.
Runtimes that use PyTorch share one copy of it: 6 GB on disk. tokenizer makes token ids for models
whose tokenizer is not CLIP's. pillow decodes AVIF, TIFF, JPEG 2000, PPM and ICO. chroma_server
and pgvector_server are the databases of bench indexing.

Exit status: 0 done, 1 some could not be fetched, 2 wrong call.`,
		Example: `  fastclip models fetch transformers open_clip
  fastclip models fetch pgvector_server`,
		RunE: func(cmd *cobra.Command, args []string) error { return FetchRuntimes(cmd.Context(), e, args) },
	}
}

func FetchRuntimes(ctx context.Context, e *cli.Env, names []string) error {
	all := encoders.PythonRuntimes()
	for _, n := range names {
		if fetchScript(n).Name == "" {
			return cli.WrongCall(fmt.Errorf("no runtime %q: want some of %s", n, strings.Join(all, ", ")))
		}
	}
	if len(names) == 0 {
		names = all
	}
	var failed error
	for _, n := range names {
		fmt.Fprintf(e.Stderr, "%s: fetching\n", n)
		err := python.RunTool(ctx, fetchScript(n), io.Discard, e.Stderr, "--help")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(e.Stderr, "%s: %v\n", n, err)
			failed = cli.ExitError{Code: cli.ExitFailures}
			continue
		}
		fmt.Fprintf(e.Stdout, "%s\n", n)
	}
	return failed
}

// fetchScript returns the script of a runtime, of the tokenizers or of a database's server. Its Name is "" if there is none.
func fetchScript(name string) python.Script {
	if s := encoders.PythonScript(name); s != "" {
		return adapters.Script(s)
	}
	for _, s := range []string{librarytok.Script, adapters.PillowScript} {
		if name == python.Name(s) {
			return adapters.Script(s)
		}
	}
	return databases.ServerScript(name)
}
