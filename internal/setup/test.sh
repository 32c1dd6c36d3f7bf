#!/bin/sh
# test.sh [ARGUMENTS OF go test]: all tests, each once. Those in which goroutines meet run under the race
# detector: all tests of the packages listed here, and elsewhere those whose names end in Concurrently, which
# internal/archtest asks for. They, the rest, and the thousand pictures beside Pillow run side by side, so
# that no core waits for a pass's last test. No vet: ./task lint vets every package, with its tests. Some 130 test
# programs are linked, of which gold links those with C in two thirds of the time.
set -eu
cd "$(dirname "$0")/../.."
link=
if command -v ld.gold >/dev/null && [ "$(uname -m)" = x86_64 ]; then link=-ldflags=-extldflags=-fuse-ld=gold; fi
whole='
	./cluster ./cmd/fastclip/stepcmd
	./encoders/hub ./encoders/librarytok ./encoders/oip ./encoders/ort ./encoders/runtimes
	./encoders/preprocess/decode/helper ./eval/embed ./eval/pool ./eval/score ./eval/spread ./eval/tasks ./eval/variants
	./internal/blobstore ./internal/cache ./internal/machine ./internal/python ./internal/wheels
'
named=$(grep -rlE --include='*_test.go' '^func Test[A-Za-z0-9]*Concurrently\(' . | sed 's,/[^/]*$,,' | sort -u)
# shellcheck disable=SC2086 # a list
named=$(echo "$named" | grep -vxF "$(printf '%s\n' $whole)")
# shellcheck disable=SC2086 # a list
rest=$(go list ./... | grep -vxF "$(go list $whole)")
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# shellcheck disable=SC2086 # lists, and what may be empty
{
	go test -vet=off $link -timeout 30m -race $whole >"$logs/whole" 2>&1 &
	whole_job=$!
	go test -vet=off $link -timeout 30m -race -run 'Concurrently$' $named >"$logs/named" 2>&1 &
	named_job=$!
	go test -vet=off $link -timeout 30m -v -run '^TestEqualsPillow$' ./encoders/pipelines >"$logs/pillow" 2>&1 &
	pillow_job=$!
	status=0
	go test -vet=off $link -timeout 30m -skip 'Concurrently$|^TestEqualsPillow$' "$@" $rest || status=1
}
echo 'under the race detector:'
wait $whole_job || status=1
cat "$logs/whole"
wait $named_job || status=1
cat "$logs/named"
wait $pillow_job || status=1
cat "$logs/pillow" # its last line counts the equal pictures
exit $status
