// Package finished opens the folder of a run again: its plan, its suite, its pictures and texts. It also
// opens both models of a variant, to find the layer at which they part.
package finished

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/internal/store"
)

// PlanFile tells which run a folder belongs to before it has any results.
const PlanFile = "plan.json"

// Plan is the content of PlanFile.
type Plan struct {
	RunID   string    `json:"run_id"`
	Plan    string    `json:"plan"`
	Suite   string    `json:"suite"`
	Started time.Time `json:"started_at"`
	Limit   int       `json:"limit,omitempty"`     // pictures that were used of each dataset; 0 means all
	Dir     string    `json:"suite_dir,omitempty"` // folder that paths in suite.yaml are relative to
}

// ReadPlan reads the plan of a folder.
func ReadPlan(dir string) (Plan, error) {
	data, err := os.ReadFile(filepath.Join(dir, PlanFile))
	if err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal(data, &p); err != nil {
		return Plan{}, fmt.Errorf("%s: %w: remove the folder, or name another with --out", filepath.Join(dir, PlanFile), err)
	}
	return p, nil
}

// WritePlan makes the folder and writes its plan.
func WritePlan(dir string, p Plan) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if err := store.WriteFile(filepath.Join(dir, PlanFile), append(data, '\n')); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}
