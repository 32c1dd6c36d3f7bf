package modelscmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders/hub"
	"github.com/fastclip/fastclip/internal/machine"
)

// miniOpenClip is the built-in model with its weights under open_clip's names. A recipe makes the 37 MB from model.safetensors.
const miniOpenClip = "open_clip:mini"

// FindModel implements encoders.Env.Find. It returns the folder of a model that a suite names by reference, and the reference with a pinned revision. It
// fetches nothing. If the model is not on this machine, it is unavailable, and the error names the command that fetches it.
func FindModel(ref string) (dir, pinned string, err error) {
	if strings.HasPrefix(ref, "hf:") {
		return findPulled(ref)
	}
	if !exportRef.MatchString(ref) {
		return "", "", fmt.Errorf("model %q: want open_clip:ARCH:TAG, open_clip:ARCH:random@SEED or transformers:OWNER/NAME", ref)
	}
	if dir, err = ExportedDir(ref); err != nil {
		return "", "", err
	}
	there, err := modelIn(dir)
	if err != nil {
		return "", "", err
	}
	if there == "" && ref == miniOpenClip {
		return "", "", fmt.Errorf("%w: mini's weights for open_clip are not on this machine: make them, in fastclip's source, with: uv run --script testdata/recipes/mini_export.py --from testdata/models/mini --open-clip %s", machine.ErrUnavailable, dir)
	}
	if there == "" {
		return "", "", fmt.Errorf("%w: model %s is not on this machine: make it with: fastclip models export %s", machine.ErrUnavailable, ref, ref)
	}
	return dir, ref, nil
}

// findPulled finds a repository's snapshot in the hub's cache.
func findPulled(name string) (dir, pinned string, err error) {
	ref, err := hub.ParseRef(name)
	if err != nil {
		return "", "", err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", "", err
	}
	h, err := hub.FromEnv(func(k string) string {
		if k == "HF_HUB_OFFLINE" {
			return "1"
		}
		return os.Getenv(k)
	}, home)
	if err != nil {
		return "", "", err
	}
	s, err := h.Pull(context.Background(), ref, hub.Selection{})
	if err != nil {
		return "", "", fmt.Errorf("%w: model %s is not in the hub's cache (%s): fetch it with: fastclip models pull %s", machine.ErrUnavailable, name, filepath.Clean(h.Cache), name)
	}
	return s.Dir, "hf:" + ref.Repo + "@" + s.Commit, nil
}
