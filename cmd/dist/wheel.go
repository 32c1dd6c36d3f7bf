package main

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// wheelName is the name of the Python wheel. Its tags say which systems it is for.
func wheelName(version, floor, arch string) string {
	return fmt.Sprintf("fastclip-%s-%s.whl", version, wheelTag(floor, arch))
}

func wheelTag(floor, arch string) string {
	cpu := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[arch]
	return "py3-none-manylinux_" + strings.ReplaceAll(floor, ".", "_") + "_" + cpu
}

// wheel writes the tree as a Python wheel. pip installs the program as a command of the environment, and the libraries into the environment's lib/fastclip,
// where the program looks for them.
func (t tree) wheel(to string, r release) error {
	info := "fastclip-" + r.version + ".dist-info"
	data := "fastclip-" + r.version + ".data"
	return whole(to, func(w io.Writer) error {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
		var record strings.Builder
		add := func(name string, mode fs.FileMode, text []byte) error {
			h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: r.date}
			h.SetMode(mode)
			f, err := z.CreateHeader(h)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(text)
			fmt.Fprintf(&record, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
			_, err = f.Write(text)
			return err
		}
		err := t.files(func(name string, mode fs.FileMode, text []byte) error {
			switch top, rest, _ := strings.Cut(name, "/"); top {
			case "bin":
				name = path.Join(data, "scripts", rest)
			case "lib":
				name = path.Join(data, "data", name)
			default:
				name = path.Join(info, "licenses", name)
			}
			return add(name, mode, text)
		})
		if err != nil {
			return err
		}
		tag := strings.TrimSuffix(path.Base(to), ".whl")[len("fastclip-"+r.version+"-"):]
		err = errors.Join(
			add(info+"/METADATA", 0o644, []byte(metadata(r.version))),
			add(info+"/WHEEL", 0o644, fmt.Appendf(nil, "Wheel-Version: 1.0\nGenerator: fastclip-dist\nRoot-Is-Purelib: false\nTag: %s\n", tag)))
		if err != nil {
			return err
		}
		fmt.Fprintf(&record, "%s/RECORD,,\n", info)
		f, err := z.CreateHeader(&zip.FileHeader{Name: info + "/RECORD", Method: zip.Deflate, Modified: r.date})
		if err != nil {
			return err
		}
		_, err = io.WriteString(f, record.String())
		return errors.Join(err, z.Close())
	})
}

func metadata(version string) string {
	return "Metadata-Version: 2.1\nName: fastclip\nVersion: " + version + `
Summary: accuracy, drift and speed of CLIP encoder variants
License: Apache-2.0
Requires-Python: >=3.8
Description-Content-Type: text/markdown

Installs the command fastclip, with the libraries that it loads. No Python code of it runs.
` + "`fastclip eval` runs the default suite; `fastclip doctor` says what is here.\n"
}
