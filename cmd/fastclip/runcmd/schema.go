package runcmd

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/spf13/cobra"
)

// schemas are the kinds of files with a schema.
var schemas = []string{"suite", "policy"}

func NewSchemaCmd(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema suite|policy",
		Short: "print the JSON Schema of suites or policies, so that editors complete them",
		Long: `schema prints the JSON Schema (draft 2020-12) of suite files or of policy files. It is made from
the tables that the program reads these files by. An editor with YAML support completes and checks
a file whose first line names the schema, as below.`,
		Example: `  fastclip schema suite --out fastclip-suite.json
  sed -i '1i # yaml-language-server: $schema=fastclip-suite.json' my-suite.yaml`,
		ValidArgs: schemas,
		Args:      cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			var data []byte
			var err error
			switch args[0] {
			case "suite":
				data, err = suite.Schema()
			case "policy":
				data, err = gate.Schema()
			default:
				return cli.WrongCall(fmt.Errorf("no schema of %q: want one of %s%s", args[0], strings.Join(schemas, ", "), suggest.Hint(args[0], schemas)))
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.Stdout, "%s\n", data)
			return err
		},
	}
}
