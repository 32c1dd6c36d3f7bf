#!/bin/sh
# test.sh FOLDER CHECK...: checks the releases that cmd/dist has written to FOLDER.
#   sums      hashes, and the bill of materials against CycloneDX's schema
#   floor     the oldest glibc that the wheel's tag promises, by readelf
#   bookworm  doctor and an eval on a bare Debian 12: no Go, no Python, no network
#   trixie    the same on a bare Debian 13
#   arm64     the same on a bare Debian 12 for arm64, under qemu: 20 pictures
#   wheel     pip install into a fresh environment
#   image     an image by buildah from the Containerfile, in which 20 pictures are evaluated; its base is a bare Debian 12
# Bare systems are made by debootstrap in $FASTCLIP_ROOTS (.tools/roots) and are kept; they need root.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
dist=$(cd "$1" && pwd)
shift
roots=${FASTCLIP_ROOTS:-$root/.tools/roots}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'test-dist: %s\n' "$*" >&2; }

need() {
	missing=
	for pair in "$@"; do
		command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
	done
	# shellcheck disable=SC2086 # a list
	[ -z "$missing" ] || sh "$root/internal/setup/setup.sh" apt $missing
}

# bare SUITE [ARCH]: makes $roots/SUITE-ARCH if it is missing, and prints its path.
bare() {
	arch=${2:-$(dpkg --print-architecture)}
	place=$roots/$1-$arch
	if [ ! -e "$place" ]; then
		need debootstrap:debootstrap >&2
		say "making a bare $1 for $arch: once, some minutes"
		mkdir -p "$roots"
		rm -rf "$place.tmp"
		# shellcheck disable=SC2016 # apt expands it
		mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
		if [ "$arch" = "$(dpkg --print-architecture)" ]; then
			debootstrap --variant=minbase "$1" "$place.tmp" "$mirror" >"$roots/$1-$arch.log" 2>&1
		else # unpacking is enough, because its programs need not run
			debootstrap --variant=minbase --arch="$arch" --foreign "$1" "$place.tmp" "$mirror" >"$roots/$1-$arch.log" 2>&1
			for package in "$place.tmp"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$place.tmp"; done
			(cd "$place.tmp" && mkdir -p opt proc root tmp usr/local/bin)
		fi
		mv "$place.tmp" "$place"
	fi
	echo "$place"
}

# install SYSTEM ARCH: unpacks the archive into the bare system's /opt.
install() {
	rm -rf "$1"/opt/fastclip-* "$1/usr/local/bin/fastclip" "$1/root/run" "$1/root/.cache" "$1/cache" "$1/work"
	tar -xzf "$dist"/fastclip-*-linux-"$2".tar.gz -C "$1/opt"
}

# within SYSTEM COMMAND...: runs a command there, without network and without this environment.
within() {
	system=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare -n -m sh -eu -c '
		system=$1 cpuinfo=$2
		shift 2
		mount -t proc proc "$system/proc"
		[ -z "$cpuinfo" ] || mount --bind "$cpuinfo" "$system/proc/cpuinfo"
		exec env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root TERM=dumb chroot "$system" "$@"' sh "$system" "$cpuinfo" "$@"
}
cpuinfo= # replaces /proc/cpuinfo

# expect FILE PATTERN...: checks that a file has a line for each pattern.
expect() {
	file=$1
	shift
	for pattern in "$@"; do
		grep -Eq "$pattern" "$file" || {
			say "no line with $pattern in:"
			cat "$file" >&2
			exit 1
		}
	done
}

check_sums() {
	(cd "$dist" && sha256sum --quiet -c SHA256SUMS)
	for archive in "$dist"/fastclip-*.tar.gz; do
		rm -rf "$work/tree"
		mkdir "$work/tree"
		tar -xzf "$archive" -C "$work/tree"
		"$root/.tools/bin/uv" run -q --script "$root/internal/dist/sbom_check.py" "$work/tree"/*
	done
}

# check_floor: checks that no symbol needs a newer glibc than the wheel's tag says.
check_floor() {
	for wheel in "$dist"/fastclip-*.whl; do
		tag=$(echo "$wheel" | sed 's/.*manylinux_\([0-9]*\)_\([0-9]*\)_.*/\1.\2/')
		rm -rf "$work/wheel"
		python3 -m zipfile -e "$wheel" "$work/wheel"
		floor=$(for file in "$work"/wheel/*.data/scripts/fastclip "$work"/wheel/*.data/data/lib/fastclip/*; do
			readelf -W --dyn-syms "$file" # objdump -T can only read files for this machine
		done | grep -o 'GLIBC_[0-9.]*' | sort -u -V | tail -n 1)
		[ "$floor" = "GLIBC_$tag" ] || { say "$wheel: its files ask for $floor, its tag says $tag"; exit 1; }
		say "$(basename "$wheel"): glibc $tag"
	done
}

# check_bare SUITE: checks that the program runs on a bare system for this machine's processor.
check_bare() {
	system=$(bare "$1")
	install "$system" "$(dpkg --print-architecture)"
	within "$system" sh -eu -c "$(sed -n 's/^RUN //p' "$dist/Containerfile")" # as when an image is built
	for absent in go python3 uv; do
		! within "$system" sh -c "command -v $absent" || { say "$1 is not bare: it has $absent"; exit 1; }
	done
	within "$system" fastclip doctor >"$work/doctor"
	expect "$work/doctor" '^ok +onnxruntime +1\.[0-9.]+, .*: /opt/fastclip-.*/lib/fastclip/libonnxruntime.so' '^ok +jpeg .*/opt/' '^ok +webp .*/opt/' '^absent +uv'
	within "$system" fastclip eval --limit 20 --out /root/run >"$work/eval"
	expect "$work/eval" '^default: 12 variants on 3 datasets, 60 pictures' '^reference +onnx/mini' '^(same|noise|worse|slower) +int8/mini' '^unavailable +opencv_based/mini'
	within "$system" fastclip report /root/run --format html --out /root/run/report.html
	head -n 4 "$work/eval"
	say "$1: ok"
}

# check_arm64: the same for arm64. ONNX Runtime reads /proc/cpuinfo, which qemu would pass on from this machine.
check_arm64() {
	need qemu-aarch64-static:qemu-user-static
	system=$(bare bookworm arm64)
	install "$system" arm64
	cp "$(command -v qemu-aarch64-static)" "$system/"
	cpuinfo=$work/cpuinfo
	for n in 0 1; do
		printf 'processor\t: %s\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp\n' $n
		printf 'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n'
	done >"$cpuinfo"
	set -- "$system" /qemu-aarch64-static -cpu neoverse-n1 "/opt/$(ls "$system/opt")/bin/fastclip"
	within "$@" doctor >"$work/doctor"
	expect "$work/doctor" '^linux/arm64' '^ok +onnxruntime .*/opt/' '^ok +jpeg .*/opt/'
	cat >"$system/root/twenty.yaml" <<-'END'
		name: twenty
		skip: [timing, floor, swaps, proof]
		datasets: [{name: single, scenes: {objects: 1, count: 20, seed: 1}}]
		variants:
		  - {name: onnx}
		  - {name: int8, image: image.int8.onnx, text: text.int8.onnx, precision: int8, options: {session.x64quantprecision: "1"}}
		  - {name: grey, preprocess: grey_conversion}
	END
	# In one process, because the kernel can only start a child if it knows that qemu runs it.
	within "$@" eval --in-process /root/twenty.yaml --out /root/run >"$work/eval"
	expect "$work/eval" '^twenty: 3 variants on 1 dataset, 20 pictures' '^(same|noise|worse|slower) +int8' '^worse +grey'
	cat "$work/eval"
	cpuinfo=
	say "arm64: ok"
}

check_wheel() {
	python3 -m venv "$work/venv"
	"$work/venv/bin/pip" install -q --no-index "$dist"/fastclip-*_"$(uname -m)".whl
	(
		cd "$work"
		export FASTCLIP_TOOLS="$work/none" FASTCLIP_CACHE="$work/cache" PATH="$work/venv/bin:/usr/bin:/bin"
		fastclip doctor >found
		expect found "^ok +onnxruntime .*$work/venv/lib/fastclip/libonnxruntime.so" "^ok +jpeg .*$work/venv/lib/fastclip/"
		fastclip eval --limit 20 --datasets single --only onnx/mini,go_image/mini --scores-only --out run >screen
		expect screen '^default: 2 variants on 1 dataset, 20 pictures'
	)
	"$work/venv/bin/pip" uninstall -q -y fastclip
	[ ! -e "$work/venv/bin/fastclip" ] && [ ! -e "$work/venv/lib/fastclip/libjpeg.so" ] || { say "pip uninstall left files"; exit 1; }
	say "wheel: ok"
}

# image_with ARGUMENTS: buildah with its files in the work folder; it needs neither a daemon nor namespaces of the kernel.
image_with() { buildah --storage-driver vfs --root "$work/images" --runroot "$work/images-run" "$@"; }

# inside COMMAND...: runs it in a container of the image, without network, as an image's user would have it.
inside() { unshare -n -- buildah --storage-driver vfs --root "$work/images" --runroot "$work/images-run" run --isolation chroot -v "$work/mine:/work" "$container" -- "$@"; }

check_image() {
	if [ "$(id -u)" != 0 ]; then
		say "image: unavailable: it needs root"
		return
	fi
	need buildah:buildah || { say "image: unavailable: no buildah, and apt cannot install it"; return; }
	system=$(bare bookworm)
	install "$system" "$(dpkg --print-architecture)" && rm -rf "$system"/opt/fastclip-* # leaves it bare
	if ! base=$(image_with from scratch 2>"$work/why"); then
		say "image: unavailable: buildah cannot work here: $(tail -n 1 "$work/why")"
		return
	fi
	image_with add -q "$base" "$system" / >"$work/why"
	image_with commit -q --rm "$base" docker.io/library/debian:12-slim >"$work/why"
	image_with bud -q --isolation chroot --pull-never --build-arg "TARGETARCH=$(dpkg --print-architecture)" \
		-t fastclip -f "$dist/Containerfile" "$dist" >"$work/why"
	image_with inspect --type image fastclip >"$work/described"
	expect "$work/described" '"Entrypoint": \[' '"FASTCLIP_CACHE=/cache"' '"WorkingDir": "/work"'
	mkdir -p "$work/mine"
	container=$(image_with from --pull-never fastclip)
	inside fastclip doctor >"$work/doctor"
	expect "$work/doctor" '^ok +onnxruntime .*: /opt/fastclip-.*/lib/fastclip/libonnxruntime.so' '^ok +jpeg .*/opt/'
	inside fastclip eval --limit 20 --datasets single --out run >"$work/eval"
	expect "$work/eval" '^default: 12 variants on 1 dataset, 20 pictures' '^reference +onnx/mini' '^unavailable +opencv_based/mini'
	[ -e "$work/mine/run/complete.json" ] || { say "image: the run is not in the folder that was mounted"; exit 1; }
	head -n 4 "$work/eval"
	say "image: ok"
}

for check in "$@"; do
	case $check in
	sums) check_sums ;;
	floor) need readelf:binutils && check_floor ;;
	bookworm | trixie) check_bare "$check" ;;
	arm64) check_arm64 ;;
	wheel) check_wheel ;;
	image) check_image ;;
	*)
		echo "usage: test.sh FOLDER [sums|floor|bookworm|trixie|arm64|wheel|image ...]" >&2
		exit 2
		;;
	esac
done
