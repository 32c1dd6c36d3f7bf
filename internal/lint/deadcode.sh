#!/bin/sh
# deadcode.sh lists functions that no program calls. Functions that only tests call are allowed if they are oracles, conformance suites or test helpers:
# packages whose names end in "test", and the list deadcode.allow.
set -eu
found=$(go run golang.org/x/tools/cmd/deadcode@v0.52.0 ./... | sed 's/:[0-9]*:[0-9]*: unreachable func:/:/' | grep -vE '^[^:]*test/|^internal/testenv/' | sort || true)
allowed=$(sed 's/ *#.*//; /^$/d' internal/lint/deadcode.allow | sort)
new=$(printf '%s\n' "$found" | grep -vxF "$allowed" || true)
[ -z "$new" ] || { echo "functions that nothing calls: remove them, or name them in internal/lint/deadcode.allow with the reason:"; echo "$new"; exit 1; }
