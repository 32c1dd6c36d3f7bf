package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestMain lets the test binary act as the fastclip command in scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fastclip": func() {
			os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
		"retime":    retime,
		"misbehave": misbehave,
	})
}

// TestScripts: scripts find small pictures in $PICTURES and models in $MODELS. Conditions such as [jpeg] ask for libraries, which the program finds as it
// does in the repository.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PICTURES", filepath.Join(testenv.Root(t), "encoders", "pipelines", "testdata"))
			env.Setenv("MODELS", filepath.Join(testenv.Root(t), "testdata", "models"))
			env.Setenv("ACTION", filepath.Join(testenv.Root(t), "internal", "action", "action.sh"))
			env.Setenv("NIGHTLY", filepath.Join(testenv.Root(t), "internal", "nightly", "nightly.sh"))
			env.Setenv("VOCAB", filepath.Join(testenv.Root(t), "encoders", "tokenize", "bpe_simple_vocab_16e6.txt.gz"))
			for _, name := range native.Names() {
				if path, err := native.Find(name); err == nil {
					env.Setenv(native.Env(name), path)
				}
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			_, err := native.Find(name)
			return err == nil, nil
		},
	})
}
