package cli

import "runtime"

// About is what the build recorded about this program.
type About struct {
	Version string `json:"version"`
	Commit  string `json:"commit"` // "" if the build did not record it
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Tags    string `json:"tags"`
}

// ThisProgram describes the running program.
func ThisProgram() About {
	return About{Version: Version(), Commit: BuiltFrom(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Tags: BuildTags()}
}
