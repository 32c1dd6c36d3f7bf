#!/bin/sh
# Runs the tests whose results depend on the processor on other processors, which qemu emulates:
#   cpu.sh avx2   Haswell: AVX2, neither AVX-512 nor VNNI
#   cpu.sh sse    Nehalem: no AVX
#   cpu.sh arm64  with NEON
# The classes run side by side. Missing tools are installed first: qemu, a cross compiler and libraries.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
tools=$root/.tools
arm64=$tools/arm64
# shellcheck disable=SC2034 # wheel.sh reads it; the libraries of this machine are installed already
wheel_machine=Linux-aarch64
# shellcheck source-path=SCRIPTDIR source=wheel.sh
. "$root/internal/setup/wheel.sh"
cd "$root"

# Each line is a package and the tests to run. Tests that start the program again are left out, because qemu does not emulate children.
selection() {
	cat <<-'END'
		internal/isa ^TestChosen$
		metrics/rank/tiles .
		metrics/stats/lanes .
		encoders/preprocess .
		encoders/preprocess/resample .
		encoders/preprocess/picture .
		encoders/preprocess/decode .
		encoders/preprocess/decode/inflate .
		encoders/runtimes ^TestConformance$/^(fp32|int8_a_channel)$|^TestOddTowers$
		cmd/fastclip ^TestEvalOnThisProcessor$
	END
}

need() {
	missing=
	command -v qemu-x86_64-static >/dev/null && command -v qemu-aarch64-static >/dev/null || missing=qemu-user-static
	case " $* " in
	*" arm64 "*)
		command -v aarch64-linux-gnu-gcc >/dev/null || missing="$missing gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
		[ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ] || missing="$missing libstdc++6-arm64-cross"
		;;
	esac
	# shellcheck disable=SC2086 # a list
	[ -z "$missing" ] || sh internal/setup/setup.sh apt $missing
}

# foreign NAME FILES: unpacks libraries from the pinned wheel for arm64 into .tools/arm64.
foreign() {
	mkdir -p "$arm64"
	[ "$(cat "$arm64/$1.stamp" 2>/dev/null)" != "$(pin "$1")" ] || return 0
	tmp=$(mktemp -d "$tools/tmp.XXXXXX")
	unpack "$1" "$tmp"
	# shellcheck disable=SC2086 # a pattern
	cp -L "$tmp/$1"/$2 "$arm64/"
	rm -rf "$tmp"
	pin "$1" >"$arm64/$1.stamp"
}

# build FOLDER: builds the test programs of all packages.
build() {
	mkdir -p "$1"
	selection | while read -r package _; do
		go test -c -o "$1/$(basename "$package").test" "./$package"
	done
}

# test_as CLASS FOLDER EMULATOR...: runs the tests of each package in the package's folder.
test_as() {
	class=$1
	bin=$2
	shift 2
	logs=$(mktemp -d "$tools/tmp.XXXXXX")
	failed=0
	selection >"$logs/selection"
	while read -r package tests; do
		log=$logs/$(basename "$package")
		code=0
		(cd "$package" && "$@" "$bin/$(basename "$package").test" -test.short -test.v -test.run "$tests" \
			-test.skip 'HostileSizes|ContentDecides|^FuzzDecode$') >"$log" 2>&1 </dev/null || code=$?
		# Without this, a package whose tests have moved would pass without running any.
		[ $code != 0 ] || grep -q '^--- PASS' "$log" || code='no test ran'
		if [ "$code" != 0 ]; then
			grep -v -e "TCG doesn't support" -e '^=== ' -e '--- PASS' "$log" >&2 || true
			echo "$class: $package: FAILED ($code)" >&2
			failed=1
		else
			echo "$class: $package: ok, $(grep -c '^--- PASS' "$log") tests$(sed -n 's/^--- SKIP: \([^ ]*\).*/, \1 skipped/p' "$log" | tr -d '\n')"
		fi
	done <"$logs/selection"
	rm -rf "$logs"
	return $failed
}

[ $# -gt 0 ] || set -- avx2 sse arm64
need "$@"
case " $* " in *" avx2 "* | *" sse "*) build "$tools/cpu/here" ;; esac
case " $* " in
*" arm64 "*)
	foreign onnxruntime 'onnxruntime/capi/libonnxruntime.so.*'
	foreign pillow 'pillow.libs/*'
	# ONNX Runtime reads /proc/cpuinfo. qemu would pass on the file of this machine, which makes ONNX Runtime crash.
	mkdir -p "$arm64/root/proc"
	ln -sfn /usr/aarch64-linux-gnu/lib "$arm64/root/lib"
	for n in 0 1; do
		printf 'processor\t: %s\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp\n' $n
		printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n'
	done >"$arm64/root/proc/cpuinfo"
	# OpenCV is installed only for this machine's processor, so there are no build tags.
	(export CGO_ENABLED=1 GOARCH=arm64 GOFLAGS=-trimpath CC=aarch64-linux-gnu-gcc && build "$tools/cpu/arm64")
	;;
esac
running=
for class in "$@"; do
	case $class in
	avx2) test_as avx2 "$tools/cpu/here" qemu-x86_64-static -cpu Haswell & ;;
	sse) test_as sse "$tools/cpu/here" qemu-x86_64-static -cpu Nehalem & ;;
	arm64)
		FASTCLIP_ORT_LIB=$(echo "$arm64"/libonnxruntime.so.*) FASTCLIP_JPEG_LIB=$(echo "$arm64"/libjpeg-*) \
			FASTCLIP_WEBP_LIB=$(echo "$arm64"/libwebp-*) FASTCLIP_WEBPDEMUX_LIB=$(echo "$arm64"/libwebpdemux-*) \
			QEMU_LD_PREFIX=$arm64/root \
			test_as arm64 "$tools/cpu/arm64" qemu-aarch64-static -cpu neoverse-n1 &
		;;
	*)
		echo "usage: cpu.sh [avx2|sse|arm64 ...]" >&2
		exit 2
		;;
	esac
	running="$running $!"
done
status=0
for job in $running; do wait "$job" || status=1; done
exit $status
