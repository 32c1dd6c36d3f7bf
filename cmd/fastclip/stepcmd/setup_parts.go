package stepcmd

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/setup"
	"github.com/fastclip/fastclip/internal/wheels"
)

// install installs a wheel for this machine, unless its files are already somewhere else.
func install(ctx context.Context, name string, from wheels.Source, say func(string)) installed {
	part := installed{Name: name, Status: "missing"}
	folder, err := setup.Folder()
	if err != nil {
		part.Reason = err.Error()
		return part
	}
	path, err := elsewhere(name, folder)
	if err != nil {
		part.Reason = err.Error()
		return part
	}
	if path != "" {
		part.Status, part.Path = "here", path
		return part
	}
	w, ok := setup.For(setup.Machine(runtime.GOOS, runtime.GOARCH), name)
	if !ok {
		part.Reason = noWheel(name, setup.Machine(runtime.GOOS, runtime.GOARCH))
		return part
	}
	part.Version = w.Version
	got, err := wheels.Installer{Dir: folder, Source: from, Say: say}.Install(ctx, w)
	if err != nil {
		part.Reason = err.Error()
		return part
	}
	part.Status, part.Path = got.Was, got.Folder
	return part
}

// elsewhere returns where the files of a wheel are, if that is not in folder. "" means that setup must install them. It fails if a variable names a missing
// file.
func elsewhere(wheel, folder string) (string, error) {
	first := ""
	for _, name := range native.Of(wheel) {
		path, err := native.Stays(name)
		if err != nil && native.Overridden(name) {
			return "", err
		}
		if err != nil || strings.HasPrefix(path, folder+string(filepath.Separator)) {
			return "", nil
		}
		if first == "" {
			first = path
		}
	}
	return first, nil
}

// fetch puts a wheel for the machine into the folder of --download.
func (o setupOptions) fetch(ctx context.Context, name string, from wheels.Source) installed {
	part := installed{Name: name, Status: "missing"}
	w, ok := setup.For(o.machine, name)
	if !ok {
		part.Reason = noWheel(name, o.machine)
		return part
	}
	part.Version = w.Version
	file, fetched, err := wheels.Download(ctx, from, w, o.download)
	switch {
	case err != nil:
		part.Reason = err.Error()
	case fetched:
		part.Status, part.Path = "downloaded", file
	default:
		part.Status, part.Path = "here", file
	}
	return part
}

func noWheel(name, machine string) string {
	var variables []string
	for _, n := range native.Of(name) {
		variables = append(variables, native.Env(n))
	}
	return fmt.Sprintf("there is no wheel for %s: build or install the library, and name it with %s", machine, strings.Join(variables, ", "))
}

// complaint returns an error that names what is missing, or nil.
func (o setupOptions) complaint(e *cli.Env, parts []installed) error {
	var missing []string
	for _, p := range parts {
		if p.Reason != "" {
			missing = append(missing, p.Name)
			fmt.Fprintf(e.Stderr, "%s: %s\n", p.Name, p.Reason)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if o.download == "" && o.offline == "" {
		fmt.Fprintf(e.Stderr, "without network: run fastclip setup --download wheels --machine %s on a machine with network, copy the folder here, and run "+
			"fastclip setup --offline wheels\n", o.machine)
	}
	return fmt.Errorf("could not install %s: fastclip doctor shows what works without it", strings.Join(missing, ", "))
}
