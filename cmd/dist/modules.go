package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
)

// module is a Go module in the program, or Go itself.
type module struct {
	path, version string
	dir           string
	files         []string // licence files in dir
	licences      []string // SPDX names of the licences, sorted
}

// modules reads from the program which modules it was built from, and finds their licences.
func (r release) modules(ctx context.Context, program string) ([]module, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	folders, err := r.folders(ctx)
	if err != nil {
		return nil, err
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	all := []module{{path: "std", version: strings.TrimPrefix(runtime.Version(), "go"), dir: strings.TrimSpace(string(goroot))}}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		all = append(all, module{path: d.Path, version: d.Version, dir: folders[d.Path+"@"+d.Version]})
	}
	var failed error
	for i := range all {
		failed = errors.Join(failed, all[i].findLicences())
	}
	return all, failed
}

// folders returns the folders of this build's modules, by path and version.
func (r release) folders(ctx context.Context) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-mod=mod", "-m", "-json", "all")
	cmd.Dir = r.top
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	folders := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct{ Path, Version, Dir string }
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		folders[m.Path+"@"+m.Version] = m.Dir
	}
}
