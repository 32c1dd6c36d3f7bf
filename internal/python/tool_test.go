package python_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/python"
)

// TestRunTool: an error names the script, the reason and the remedy, not how the process ended.
func TestRunTool(t *testing.T) {
	const uvSays = `echo "error: No solution found when resolving script dependencies
  cause: Because numpy was not found in the cache, your requirements are unsatisfiable.

hint: Packages were unavailable because the network was disabled." >&2; exit 1`
	const own = ": set \\$FASTCLIP_PYTHON, which is .*python, to a Python with the packages that the head of .*export.py names$"
	for name, x := range map[string]struct{ script, uv, want string }{
		"its own reason":    {`printf 'loading: 10 %%\rloading: 20 %%\nTraceback\nValueError: no tag x\n' >&2; exit 1`, "", "^export.py: ValueError: no tag x$"},
		"no package":        {`echo "ModuleNotFoundError: No module named 'numpy'" >&2; exit 1`, "", "^export.py: ModuleNotFoundError: No module named 'numpy'" + own},
		"without a word":    {`exit 7`, "", "^export.py: exit status 7$"},
		"killed":            {`kill -9 $$`, "", "^export.py: signal: killed$"},
		"words of uv's":     {uvSays, "", "^export.py: hint: "},
		"uv":                {"", uvSays, "^export.py: uv cannot fetch its packages: No solution found when resolving script dependencies: Because numpy was not found in the cache, your requirements are unsatisfiable: let uv reach .* or let \\$FASTCLIP_PYTHON_EXPORT name a Python that has what the head of .*export.py names$"},
		"the script, by uv": {"", `echo "ValueError: no tag x" >&2; exit 1`, "^export.py: ValueError: no tag x$"},
	} {
		t.Run(name, func(t *testing.T) {
			fakePython(t, x.script)
			if x.uv != "" {
				uv := filepath.Join(t.TempDir(), "uv")
				require.NoError(t, os.WriteFile(uv, fmt.Appendf(nil, "#!/bin/sh\n%s\n", x.uv), 0o755))
				t.Setenv("FASTCLIP_UV", uv)
				t.Setenv("FASTCLIP_PYTHON", "")
			}
			err := python.RunTool(t.Context(), script("export.py"), io.Discard, io.Discard)
			require.Error(t, err)
			assert.Regexp(t, x.want, err.Error())
		})
	}
	fakePython(t, "")
	t.Setenv("FASTCLIP_PYTHON", filepath.Join(t.TempDir(), "gone"))
	assert.Regexp(t, "^export.py: .*gone: no such file or directory: set \\$FASTCLIP_PYTHON, which is .*gone, to a Python", python.RunTool(t.Context(), script("export.py"), io.Discard, io.Discard).Error())
}
