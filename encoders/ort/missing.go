package ort

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// explain adds a remedy to a provider's error. It names the libraries that the provider needs and the
// loader does not find, because ONNX Runtime only logs them. Otherwise it names a library with that
// provider.
func (l *Library) explain(err error, provider string) error {
	if err == nil {
		return nil
	}
	dir, linkErr := filepath.EvalSymlinks(l.path)
	if linkErr != nil {
		return err
	}
	file := filepath.Join(filepath.Dir(dir), "libonnxruntime_providers_"+strings.ToLower(provider)+".so")
	if missing := missingLibraries(file); len(missing) > 0 {
		return fmt.Errorf("%w: %s wants %s: install them, or name their folders in LD_LIBRARY_PATH", err, filepath.Base(file), strings.Join(missing, ", "))
	}
	if strings.HasSuffix(strings.TrimSpace(err.Error()), "in this build.") {
		return fmt.Errorf("%w Name a library that has it with FASTCLIP_ORT_LIB: the onnxruntime-gpu wheel has CUDA and TensorRT", err)
	}
	return err
}

// missingLibraries are the libraries that an ELF file needs and that are in none of the usual folders.
// Another kind of file has none.
func missingLibraries(file string) []string {
	f, err := elf.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	wanted, err := f.ImportedLibraries()
	if err != nil {
		return nil
	}
	folders := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), filepath.Dir(file), "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
	for _, pattern := range []string{"/lib/*-linux-gnu", "/usr/lib/*-linux-gnu", "/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib"} {
		more, _ := filepath.Glob(pattern) // its only error is of the pattern
		folders = append(folders, more...)
	}
	return slices.DeleteFunc(wanted, func(name string) bool {
		return slices.ContainsFunc(folders, func(dir string) bool {
			_, err := os.Stat(filepath.Join(dir, name))
			return err == nil
		})
	})
}
