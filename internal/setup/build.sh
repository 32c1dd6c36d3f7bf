#!/bin/sh
# build.sh all [TAG...]  sets up what is missing, and makes bin/fastclip
# build.sh lean          the same without vector databases and stores in buckets, whose libraries take longer to compile
#                        than the rest; a program that has them keeps them
set -eu
cd "$(dirname "$0")/../.."
kind=$1
shift
has_all() { [ -x bin/fastclip ] && ! go version -m bin/fastclip | grep -q 'tags=.*lean'; }
[ "$kind" != lean ] || has_all || set -- lean "$@"
tags=$(echo "$*" | tr ' ' ,)
# It still builds when set-up fails: what is missing is reported as unavailable.
sh internal/setup/setup.sh build "$tags" || true
eval "$(sh internal/setup/setup.sh env)"
if [ -n "$tags" ]; then
	flags=${GOFLAGS-$(go env GOFLAGS)}
	case " $flags" in
	*" -tags="*) GOFLAGS=$(echo "$flags" | sed "s/-tags=/-tags=$tags,/") ;;
	*) GOFLAGS="$flags -tags=$tags" ;;
	esac
	export GOFLAGS
fi
go build -trimpath -ldflags "-s -w -X github.com/fastclip/fastclip/cmd/fastclip/cli.Commit=$(git rev-parse HEAD 2>/dev/null)" -o bin/fastclip ./cmd/fastclip
