#!/bin/sh
# deadcode.sh names functions that no program calls. What tests alone call is allowed where it is an
# oracle, a conformance suite or a helper of tests: packages that end in "test", and the list below.
set -eu
found=$(go run golang.org/x/tools/cmd/deadcode@v0.52.0 ./... | sed 's/:[0-9]*:[0-9]*: unreachable func:/:/' | grep -vE '^[^:]*test/|^internal/testenv/' | sort || true)
allowed=$(sed 's/ *#.*//; /^$/d' internal/lint/deadcode.allow | sort)
new=$(printf '%s\n' "$found" | grep -vxF "$allowed" || true)
[ -z "$new" ] || { echo "functions that nothing calls: remove them, or name them in internal/lint/deadcode.allow with the reason:"; echo "$new"; exit 1; }
