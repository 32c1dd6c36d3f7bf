package ort

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// splitUp are session config entries whose names compilers split up in the library's code.
func splitUp() []string {
	return []string{
		"session.save_model_format", "session.use_ort_model_bytes_directly", "session.model_external_initializers_file_folder_path",
		"mlas.enable_gemm_fastmath_arm64_bfloat16", "optimization.memory_optimizer_config",
	}
}

// elsewhere are entries that the library implements only on other processors. Here it accepts them, and
// they change nothing.
func elsewhere(goarch string) []string {
	if goarch == "amd64" {
		return nil
	}
	return []string{"session.x64quantprecision"} // the 8-bit kernels of x86-64
}

// knows rejects a session config entry that the library would accept but never use: one whose name is not
// among its strings. Entries of a provider ("ep.") are left to the provider.
func (l *Library) knows(entry string) error {
	if strings.HasPrefix(entry, "ep.") || slices.Contains(splitUp(), entry) || slices.Contains(elsewhere(runtime.GOARCH), entry) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	found, asked := l.entries[entry]
	if !asked {
		data, err := os.ReadFile(l.path)
		if err != nil {
			return fmt.Errorf("look for it in the library: %w", err)
		}
		found = bytes.Contains(data, append([]byte(entry), 0))
		if l.entries == nil {
			l.entries = map[string]bool{}
		}
		l.entries[entry] = found
	}
	if !found {
		return fmt.Errorf("ONNX Runtime %s has no session config entry of that name, and would ignore it", l.Version())
	}
	return nil
}
