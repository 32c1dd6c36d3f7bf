#!/bin/sh
# compilers.sh ARCH...: installs the missing compilers for these processors.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
for arch in "$@"; do
	case $arch in
	amd64) machine=x86_64 package=x86-64 ;;
	arm64) machine=aarch64 package=aarch64 ;;
	*)
		echo "compilers.sh: unknown processor $arch: want amd64 or arm64" >&2
		exit 2
		;;
	esac
	[ "$machine" = "$(uname -m)" ] || command -v "$machine-linux-gnu-gcc" >/dev/null ||
		sh "$root/internal/setup/setup.sh" apt "gcc-$package-linux-gnu" "libc6-dev-$arch-cross"
done
