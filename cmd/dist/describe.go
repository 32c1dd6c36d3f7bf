package main

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// describe asks git what to release.
func describe(ctx context.Context, out, version string) (release, error) {
	git := func(args ...string) string {
		text, err := exec.CommandContext(ctx, "git", args...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	r := release{top: git("rev-parse", "--show-toplevel"), commit: git("rev-parse", "HEAD")}
	if r.top == "" || r.commit == "" {
		return r, fmt.Errorf("this is not a git checkout: run dist in fastclip's source tree")
	}
	if git("status", "--porcelain", "--untracked-files=no") != "" {
		r.commit += "-dirty"
	}
	var err error
	if r.date, err = time.Parse(time.RFC3339, git("log", "-1", "--format=%cI")); err != nil {
		return r, fmt.Errorf("date of the commit: %w", err)
	}
	r.date = r.date.UTC()
	r.version = cmp.Or(version, versionOf(git("describe", "--tags", "--match", "v[0-9]*", "--long"), r.commit))
	if !versions.MatchString(r.version) {
		return r, fmt.Errorf("version %q: want one that Python's rules allow, such as 1.2.3 or 1.2.3rc1", r.version)
	}
	r.out, err = filepath.Abs(out)
	return r, err
}

// versions matches normalised versions of PEP 440.
var versions = regexp.MustCompile(`^\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+(\.[a-z0-9]+)*)?$`)

// versionOf turns the output of git describe into a version that Python accepts: the tag itself, a post-release for later commits, and 0.0.0 with the commit
// if there is no tag.
func versionOf(described, commit string) string {
	dirty := ""
	if strings.HasSuffix(commit, "-dirty") {
		dirty = ".dirty"
	}
	parts := strings.Split(described, "-")
	if len(parts) != 3 {
		return "0.0.0+g" + commit[:min(8, len(commit))] + dirty
	}
	tag := strings.TrimPrefix(parts[0], "v")
	if parts[1] == "0" && dirty == "" {
		return tag
	}
	return tag + ".post" + parts[1] + "+" + parts[2] + dirty
}
