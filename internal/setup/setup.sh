#!/bin/sh
# Installs what fastclip needs besides Go, where internal/native finds it: pinned libraries and tools from hash-checked wheels into .tools, and OpenCV with
# the system's package manager. It leaves alone what is installed already. docs/setup.md explains it.
#
#   setup.sh         installs what is missing
#   setup.sh retry   the same, and tries again what apt could not do last time
#   setup.sh build TAGS   the first, beside compiling what the program is built of if that is new here
#   setup.sh browser installs Chromium, which the tests of the HTML report look at it with
#   setup.sh apt ... installs Debian packages that a task wants
#   setup.sh env     prints shell lines that make the go command build with what is here
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
tools=$root/.tools
# shellcheck source-path=SCRIPTDIR source=wheel.sh
. "$root/internal/setup/wheel.sh"

case $(uname -s) in
Darwin) ext=dylib ;;
*) ext=so ;;
esac
has() { command -v "$1" >/dev/null 2>&1; }

# Uses the system's own opencv4.pc if there is one. Debian has it only in its largest package.
if ! { has pkg-config && pkg-config --exists opencv4; } 2>/dev/null; then
	export PKG_CONFIG_PATH="${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}$root/internal/setup/opencv"
fi

# has_opencv: reports whether the OpenCV variants can be built.
has_opencv() {
	[ "${FASTCLIP_OPENCV:-}" != off ] || return 1
	has pkg-config && { has g++ || has clang++; } || return 1
	for folder in $(pkg-config --cflags-only-I opencv4 2>/dev/null | sed 's/-I//g') /usr/include; do
		[ ! -e "$folder/opencv2/imgcodecs.hpp" ] || return 0
	done
	return 1
}

# has_deflate: reports whether libdeflate is in one of the folders where internal/native looks.
has_deflate() {
	[ -z "${FASTCLIP_DEFLATE_LIB:-}" ] || return 0
	for file in "$tools/lib/libdeflate.$ext" "/usr/lib/$(uname -m)-linux-gnu/libdeflate.so.0" /usr/lib64/libdeflate.so.0 \
		/usr/lib/libdeflate.so.0 /usr/local/lib/libdeflate.so.0 /usr/local/lib/libdeflate.0.dylib /opt/homebrew/lib/libdeflate.0.dylib; do
		[ ! -e "$file" ] || return 0
	done
	return 1
}

# admin COMMAND...: runs a command as root or with sudo. Fails without either.
admin() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# apt_install PACKAGE...: installs Debian or Ubuntu packages, or prints the command for an administrator.
apt_install() {
	if ! admin true; then
		say "this needs an admin: apt-get update && apt-get install -y --no-install-recommends $*"
		return 1
	fi
	say "installing with apt: $*"
	admin env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q -o DPkg::Lock::Timeout=120 update &&
		apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"' apt "$@" \
		>"$tools/apt.log" 2>&1 </dev/null || {
		tail -n 5 "$tools/apt.log" >&2
		say "apt failed (whole log: $tools/apt.log)"
		return 1
	}
}

# system_packages: installs packages of the system. It remembers a failure, so that not every task tries again.
system_packages() {
	want=
	has cc || has gcc || want="gcc libc6-dev"
	if [ -n "$missing" ] && ! python3 -m pip --version >/dev/null 2>&1; then
		want="$want python3 python3-pip ca-certificates"
	fi
	if ! has_opencv && [ "${FASTCLIP_OPENCV:-}" != off ]; then
		want="$want g++ pkg-config libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev"
	fi
	has_deflate || want="$want libdeflate0"
	[ -n "$want" ] || return 0
	mark=$tools/stamp/system
	if [ -e "$mark" ] && [ "$(cat "$mark")" = "$want" ]; then
		say "still missing: $want (./task setup tries again)"
		return 0
	fi
	if has apt-get; then
		# shellcheck disable=SC2086 # a list
		apt_install $want && return 0
	elif [ "$ext" = dylib ]; then
		say "OpenCV or libdeflate is missing; run: brew install opencv pkgconf libdeflate"
	else
		say "no apt here: install by hand what these are on this system: $want"
	fi
	printf '%s' "$want" >"$mark"
	has_opencv || say "going on without OpenCV: its variants will be reported as unavailable"
	has_deflate || say "going on without libdeflate: PNG files take three times as long"
}

# done_already NAME FILE: reports whether FILE exists and comes from the pinned wheel.
done_already() {
	[ -e "$2" ] && [ "$(cat "$tools/stamp/$1" 2>/dev/null)" = "$(pin "$1")" ]
}

# place FILE NAME: moves a library into .tools/lib under its own name, and links NAME to it.
place() {
	chmod 755 "$1"
	mv -f "$1" "$tools/lib/"
	ln -sf "$(basename "$1")" "$tools/lib/$2"
}

take_onnxruntime() {
	unpack onnxruntime "$tmp" || return 1
	for file in "$tmp"/onnxruntime/onnxruntime/capi/libonnxruntime.*; do
		place "$file" "libonnxruntime.$ext"
	done
}

# take_pillow: installs the codecs under the names by which they load each other.
take_pillow() {
	unpack pillow "$tmp" || return 1
	for codec in jpeg sharpyuv webp webpdemux webpmux; do
		for file in "$tmp"/pillow/pillow.libs/lib"$codec"-* "$tmp"/pillow/PIL/.dylibs/lib"$codec".*; do
			[ ! -e "$file" ] || place "$file" "lib$codec.$ext"
		done
	done
}

take_uv() {
	unpack uv "$tmp" || return 1
	for file in "$tmp"/uv/uv-*.data/scripts/uv; do
		chmod 755 "$file" && mv -f "$file" "$tools/bin/uv"
	done
}

# wheels: lists the wheels that are still needed.
wheels() {
	[ -n "${FASTCLIP_ORT_LIB:-}" ] || done_already onnxruntime "$tools/lib/libonnxruntime.$ext" || echo onnxruntime
	[ -n "${FASTCLIP_JPEG_LIB:-}" ] && [ -n "${FASTCLIP_WEBP_LIB:-}" ] ||
		done_already pillow "$tools/lib/libjpeg.$ext" || echo pillow
	[ -n "${FASTCLIP_UV:-}" ] || done_already uv "$tools/bin/uv" || echo uv
}

install_missing() {
	mkdir -p "$tools/bin" "$tools/lib" "$tools/stamp"
	missing=$(wheels)
	system_packages
	[ -n "$missing" ] || return 0
	tmp=$(mktemp -d "$tools/tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM
	failed=
	for name in $missing; do
		if "take_$name"; then
			pin "$name" >"$tools/stamp/$name"
		else
			failed="$failed $name"
		fi
	done
	if [ -n "$failed" ]; then
		say "could not install:$failed (docs/setup.md says how to do it offline or by hand)"
		return 1
	fi
	say "done: $(echo "$missing" | tr '\n' ' ')in $tools"
}

# print_env: prints the build tags for OpenCV, so that go commands need no other flags.
print_env() {
	has_opencv || { say "building without OpenCV"; return 0; }
	flags=$(go env GOFLAGS)
	case " $flags" in
	*" -tags="*) ;;
	*) flags="${flags:+$flags }-tags=opencv,gocv_specific_modules" ;;
	esac
	printf "export GOFLAGS='%s' PKG_CONFIG_PATH='%s'\n" "$flags" "${PKG_CONFIG_PATH:-}"
}

# browser: installs Chromium, and fonts with the metrics that charts use. Without them the browser tests are skipped.
browser() {
	if has chromium || has chromium-browser || has google-chrome; then
		return 0
	fi
	mkdir -p "$tools"
	if has apt-get && apt_install chromium fonts-liberation; then
		return 0
	fi
	say "no Chromium: the tests that look at the HTML report are skipped"
}

# compile_libraries TAGS: the Go modules that the program is built of, into the build cache. Which of them OpenCV
# adds does not matter to the others.
compile_libraries() {
	cd "$root" || return
	nice go list -tags "$1" -deps -f '{{if .Module}}{{if not .Module.Main}}{{.ImportPath}}{{end}}{{end}}' ./cmd/fastclip | xargs nice go build -trimpath -tags "$1"
}

case ${1:-} in
build)
	compiling=
	if [ ! -e "$tools/stamp/onnxruntime" ] && has go && { has cc || has gcc; }; then
		say "compiling libraries meanwhile"
		compile_libraries "${2:-}" >/dev/null 2>&1 & # the build says what does not work
		compiling=$!
	fi
	status=0
	sh "$0" || status=$?
	[ -z "$compiling" ] || wait "$compiling" || true
	exit "$status"
	;;
env) print_env ;;
browser) browser ;;
retry)
	rm -f "$tools/stamp/system"
	install_missing
	;;
apt)
	shift
	mkdir -p "$tools"
	apt_install "$@"
	;;
"") install_missing ;;
*)
	echo "usage: setup.sh [retry|build TAGS|browser|env|apt PACKAGE...]" >&2
	exit 2
	;;
esac
