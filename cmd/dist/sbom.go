package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"

	"github.com/fastclip/fastclip/internal/setup"
)

// materialsFile is the name of the bill of materials in an archive.
const materialsFile = "sbom.cdx.json"

// ofLibrary has the licences of libraries, as their wheels state them, by the prefixes of their file names.
var ofLibrary = []struct{ prefix, name, wheel, licence string }{
	{"libonnxruntime.", "onnxruntime", "onnxruntime", "MIT"},
	{"libjpeg.", "libjpeg-turbo", "pillow", "IJG AND BSD-3-Clause AND Zlib"},
	{"libwebp", "libwebp", "pillow", "BSD-3-Clause"},
	{"libsharpyuv", "libsharpyuv", "pillow", "BSD-3-Clause"},
}

// materials writes the bill of materials: Go, the modules, and every library file with its hash.
func (r release) materials(modules []module, t tree, arch string) error {
	var all []cyclonedx.Component
	for _, m := range modules {
		url := "pkg:golang/" + m.path + "@" + m.version
		all = append(all, cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version,
			PackageURL: url, BOMRef: url, Licenses: &cyclonedx.Licenses{{Expression: strings.Join(m.licences, " AND ")}}})
	}
	libs := filepath.Join(t.dir, "lib", "fastclip")
	entries, err := os.ReadDir(libs)
	if err != nil {
		return err
	}
	for _, e := range entries {
		c, err := library(filepath.Join(libs, e.Name()), arch)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.date.Format(time.RFC3339), Component: &cyclonedx.Component{
		Type: cyclonedx.ComponentTypeApplication, Name: "fastclip", Version: r.version, BOMRef: "fastclip",
		Licenses: &cyclonedx.Licenses{{Expression: "Apache-2.0"}}}}
	bom.Components = &all
	f, err := os.Create(filepath.Join(t.dir, materialsFile))
	if err != nil {
		return err
	}
	err = cyclonedx.NewBOMEncoder(f, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return errors.Join(err, f.Close())
}

// library describes a library file as a component, with the wheel that it comes from.
func library(path, arch string) (cyclonedx.Component, error) {
	base := filepath.Base(path)
	for _, known := range ofLibrary {
		if !strings.HasPrefix(base, known.prefix) {
			continue
		}
		w, ok := setup.For(setup.Machine("linux", arch), known.wheel)
		if !ok {
			break
		}
		sum, err := sumFile(path)
		if err != nil {
			return cyclonedx.Component{}, err
		}
		return cyclonedx.Component{Type: cyclonedx.ComponentTypeFile, Name: known.name, BOMRef: "lib/fastclip/" + base,
			Description: "lib/fastclip/" + base + ", out of the wheel " + w.String(),
			Hashes:      &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}},
			Licenses:    &cyclonedx.Licenses{{Expression: known.licence}},
			Pedigree:    &cyclonedx.Pedigree{Ancestors: &[]cyclonedx.Component{wheelComponent(w)}}}, nil
	}
	return cyclonedx.Component{}, fmt.Errorf("licence of %s: unknown: add it to ofLibrary", base)
}

func wheelComponent(w setup.Wheel) cyclonedx.Component {
	return cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, Name: w.Name, Version: w.Version,
		PackageURL: "pkg:pypi/" + w.Name + "@" + w.Version, Hashes: &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: w.SHA256}}}
}
