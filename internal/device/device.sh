#!/bin/sh
# Measures what needs an NVIDIA GPU, in at most 12 minutes, and writes docs/devices.md and Parquet files (docs/devices.md explains how).
#
#   FASTCLIP_PYTHON=/usr/bin/python3 sh internal/device/device.sh       without it uv fetches the packages
#
# FASTCLIP_DEVICE_OUT      folder of results (device)
# FASTCLIP_DEVICE_DOC      the page (docs/devices.md)
# FASTCLIP_DEVICE_SECONDS  time limit in seconds (720)
# FASTCLIP_DEVICE_SMALL    if not empty: use a small model, to try the script without a GPU
set -u
cd "$(dirname "$0")/../.." || exit 1
out=${FASTCLIP_DEVICE_OUT:-device}
case $out in /*) ;; *) out=$PWD/$out ;; esac
doc=${FASTCLIP_DEVICE_DOC:-docs/devices.md}
end=$(($(date +%s) + ${FASTCLIP_DEVICE_SECONDS:-720} - 15)) # leaves time for the page, and for programs that end slowly
python=${FASTCLIP_PYTHON:-}
fastclip=${FASTCLIP_BIN:-bin/fastclip}
mkdir -p "$out" || exit 1

left() { echo $((end - $(date +%s))); }

# within SECONDS COMMAND...: stops the command after SECONDS, or at the end of the script's time
within() {
	most=$1
	shift
	[ "$(left)" -lt "$most" ] && most=$(left)
	if [ "$most" -lt 5 ]; then
		echo "device: no time is left for: $*" >&2
		return 124
	fi
	timeout -k 10 "$most" "$@"
}

# library VARIABLE MODULE PATTERN: uses a library of the machine's Python if setup has installed none
library() {
	eval "[ -n \"\${$1:-}\" ]" && return
	[ -n "$python" ] || return
	file=$("$python" -c '
import glob, importlib.util, os, sys
spec = importlib.util.find_spec(sys.argv[1])
found = sorted(glob.glob(os.path.join(os.path.dirname(spec.origin), sys.argv[2]))) if spec else []
print(found[0] if found else "")' "$2" "$3" 2>/dev/null)
	[ -n "$file" ] && export "$1=$file"
}

if [ ! -x "$fastclip" ]; then
	within 300 go build -trimpath -o "$fastclip" ./cmd/fastclip || exit 1
fi
library FASTCLIP_ORT_LIB onnxruntime 'capi/libonnxruntime.so*' # the library in the GPU wheel supports CUDA and TensorRT
[ -e .tools/lib/libjpeg.so ] || library FASTCLIP_JPEG_LIB PIL '../pillow.libs/libjpeg-*.so*'
[ -e .tools/lib/libwebp.so ] || library FASTCLIP_WEBP_LIB PIL '../pillow.libs/libwebp-*.so*'

run="${python:-.tools/bin/uv run --quiet --script}"
# shellcheck disable=SC2086 # words
[ -e "$out/model/card.json" ] || within 240 $run internal/device/model.py "$out/model" ${FASTCLIP_DEVICE_SMALL:+--small} 2>"$out/model.err" ||
	echo "device: the model could not be made; the rows will say so" >&2
[ ! -s "$out/model.err" ] || cat "$out/model.err" >&2
sed "s|MODEL|$out/model|" internal/device/device.yaml >"$out/device.yaml"

# Each part is a separate run with the reference, so that stopping one does not affect the others.
export FASTCLIP_CACHE="${FASTCLIP_CACHE:-$out/cache}"
part() { # NAME SECONDS ROWS
	rm -rf "$out/run-$1" # remove an earlier measurement
	within "$2" "$fastclip" eval "$out/device.yaml" --only "$3" --out "$out/run-$1" >"$out/$1.txt"
	[ ! -e "$out/run-$1/complete.json" ] || "$fastclip" report "$out/run-$1" --format md >"$out/$1.md"
}
torch=load-cuda/fp32,load-cuda/fp16,load-cuda/autocast
onnx=onnx/cpu,onnx/cuda,onnx/tensorrt,onnx-python/cuda,onnx-python/tensorrt
compiled=TorchDynamo/cpu,TorchDynamo/cuda-fp16,kernl/fp16,deepspeed/fp16
if [ -e "$out/model/card.json" ]; then
	part torch $((($(left) - 20) * 2 / 5)) $torch
	part onnx $((($(left) - 20) / 2)) $onnx
	part compiled $(($(left) - 20)) $compiled
fi

# without NAMES: the rows of a part that did not run to its end
without() {
	why="the run did not finish within the script's time limit"
	[ -e "$out/model/card.json" ] ||
		why="the model could not be made by ${python:-uv}: $(grep . "$out/model.err" | tail -n 1 | tr '|' ' ' | cut -c 1-200)"
	echo "| variant | result |"
	echo "| --- | --- |"
	for name in $(echo "$1" | tr , ' '); do
		echo "| $name | unavailable: $why |"
	done
}

{
	cat internal/device/head.md
	echo
	echo "## The last measurement"
	echo
	if gpu=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null); then
		echo "GPU: $gpu."
	else
		echo "**This machine had no GPU**: the script was tried on a CPU${FASTCLIP_DEVICE_SMALL:+, with a small model}. Rows that need a GPU say so, and no time below was measured on a GPU."
	fi
	echo
	echo "$(date -u +%Y-%m-%d), $("$fastclip" version 2>/dev/null | head -1 | grep . || echo fastclip), $(uname -sm), $(nproc) cores, at most ${FASTCLIP_DEVICE_SECONDS:-720} seconds.$([ -n "$python" ] && "$python" -c '
import importlib.metadata as m, sys
have = []
for p in ("torch", "transformers", "onnx", "onnxruntime", "onnxruntime-gpu", "tensorrt", "deepspeed"):
    try: have.append(p + " " + m.version(p))
    except m.PackageNotFoundError: pass
print(" Python %d.%d with %s." % (*sys.version_info[:2], ", ".join(have) or "none of its packages"))')"
	for part in torch onnx compiled; do
		echo
		echo "### $part"
		echo
		if [ -e "$out/run-$part/complete.json" ]; then
			sed -n '/^|/p; /^$/p; /^- /p' "$out/$part.md" | cat -s
		else
			eval "without \"\$$part\""
		fi
	done
} >"$out/devices.md" && cp "$out/devices.md" "$doc"
echo "device: $doc, and Parquet in the folders ${out#"$PWD"/}/run-...; $(left) seconds were left" >&2
[ -e "$out/run-torch/complete.json" ] || [ -e "$out/run-onnx/complete.json" ] || [ -e "$out/run-compiled/complete.json" ]
