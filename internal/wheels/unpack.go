package wheels

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/setup"
)

// taken is a wanted file of a wheel.
type taken struct {
	folder string // lib, bin or licences
	link   string // the name that internal/native looks for, if the file has another one
}

// codecs are the libraries of Pillow's wheel that fastclip loads, and the libraries that those load.
var codecs = []string{"jpeg", "sharpyuv", "webp", "webpdemux", "webpmux"}

// wanted says what to do with a file of a wheel. It is false for files that are not wanted.
func wanted(name string) (taken, bool) {
	base, ext := path.Base(name), ".so"
	if strings.Contains(base, ".dylib") {
		ext = ".dylib"
	}
	switch dir := path.Dir(name); {
	case dir == "onnxruntime/capi" && strings.HasPrefix(base, "libonnxruntime."):
		return taken{"lib", "libonnxruntime" + ext}, true
	case dir == "pillow.libs", dir == "PIL/.dylibs":
		for _, codec := range codecs {
			if strings.HasPrefix(base, "lib"+codec+"-") || strings.HasPrefix(base, "lib"+codec+".") {
				return taken{"lib", "lib" + codec + ext}, true
			}
		}
	case strings.HasSuffix(dir, ".data/scripts") && base == "uv":
		return taken{"bin", ""}, true
	case dir == "onnxruntime" && (base == "LICENSE" || base == "ThirdPartyNotices.txt"):
		return taken{"licences", ""}, true
	case strings.HasSuffix(dir, ".dist-info/licenses"):
		return taken{"licences", ""}, true
	}
	return taken{}, false
}

// unpack checks a wheel's hash and puts its wanted files into a new folder.
func unpack(ctx context.Context, file string, w setup.Wheel, to string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := check(f, w); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var sums []string
	for _, f := range r.File {
		what, ok := wanted(f.Name)
		if !ok || f.FileInfo().IsDir() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		lines, err := place(f, what, to)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
		sums = append(sums, lines...)
	}
	if len(sums) == 0 {
		return fmt.Errorf("%s has none of the files that fastclip wants", file)
	}
	slices.Sort(sums)
	return synced(filepath.Join(to, sumsFile), 0o644, strings.NewReader(strings.Join(sums, "")))
}

// place puts a file of a wheel into a folder, with a link if it needs another name. lines are their lines
// in the file of sums.
func place(f *zip.File, what taken, to string) (lines []string, err error) {
	dir, base := filepath.Join(to, what.folder), path.Base(f.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	sum, err := extract(f, filepath.Join(dir, base))
	if err != nil {
		return nil, err
	}
	lines = append(lines, sum+"  "+what.folder+"/"+base+"\n")
	if what.link != "" && what.link != base {
		lines = append(lines, sum+"  "+what.folder+"/"+what.link+"\n")
		err = os.Symlink(base, filepath.Join(dir, what.link))
	}
	return lines, err
}

// check compares a wheel's hash with the pinned one.
func check(f *os.File, w setup.Wheel) error {
	sum, err := hash(f)
	if err != nil {
		return err
	}
	if sum != w.SHA256 {
		return fmt.Errorf("%s is not the pinned wheel of %s: its sha256 is %s, want %s", f.Name(), w, sum, w.SHA256)
	}
	return nil
}

func hash(r io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// extract writes a file of a wheel and returns its hash.
func extract(f *zip.File, to string) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	err = synced(to, 0o755, io.TeeReader(r, h))
	return hex.EncodeToString(h.Sum(nil)), err
}

// synced writes a file that survives a crash of the machine.
func synced(name string, mode os.FileMode, r io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// sumsFile lists the files of a folder with their hashes, as sha256sum does.
const sumsFile = "SHA256SUMS"

// whole says what is missing or changed in an installed folder.
func whole(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return errors.New(sumsFile + " is empty")
	}
	for line := range strings.Lines(string(data)) {
		want, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			return fmt.Errorf("%s: unknown line %q", sumsFile, line)
		}
		got, err := hashFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s was changed", name)
		}
	}
	return nil
}

func hashFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return hash(f)
}
