#!/bin/sh
# One night: runs the suite, draws the report, judges the run by the pinned baseline. It leaves
# in OUT what a morning reads and ends with the gate's exit status: 0 pass, 1 regression, 2 wrong
# call, 3 could not be measured. docs/nightly.md explains it.
#
#   SUITE     a suite's name or file (default)
#   NIGHTS    where runs are kept by date (nights)
#   OUT       report.html, report.md, gate.txt, gate.json, gate.xml, summary.md (nightly)
#   BASELINE  the file that pins a run (baseline.yaml)
#   POLICY    the gate's policy file (the built-in one)
#   PIN       a reason: makes this run the baseline instead of judging it
#   FASTCLIP  the program (bin/fastclip, else the one on PATH)
set -u
SUITE=${SUITE:-default} NIGHTS=${NIGHTS:-nights} OUT=${OUT:-nightly} BASELINE=${BASELINE:-baseline.yaml}
FASTCLIP=${FASTCLIP:-$([ -x bin/fastclip ] && echo bin/fastclip || echo fastclip)}
fresh="$OUT/report.html $OUT/report.md $OUT/gate.txt $OUT/gate.json $OUT/gate.xml $OUT/summary.md"

# unmeasured TEXT: says why there is no verdict, and ends as the gate does then.
unmeasured() {
	echo "NOT MEASURED: $1" | tee "$OUT/gate.txt" >&2
	printf '## fastclip: not measured\n\n%s\n' "$1" >"$OUT/summary.md"
	exit 3
}

mkdir -p "$OUT" "$NIGHTS" || exit 2
# shellcheck disable=SC2086 # a list
rm -f $fresh # yesterday's are not today's

"$FASTCLIP" eval "$SUITE" --history "$NIGHTS" >/dev/null
status=$?
case $status in
0 | 1) ;; # 1: some variant or picture failed; the gate says whether it did before
2) exit 2 ;;
*) unmeasured "fastclip eval ended with status $status" ;;
esac
run=$("$FASTCLIP" history "$NIGHTS" --last 2>/dev/null) || unmeasured "$NIGHTS has no finished run"
echo "$run" >"$OUT/run"

for format in html md; do
	"$FASTCLIP" report "$run" --format "$format" --history "$NIGHTS" -o "$OUT/report.$format" || unmeasured "the report could not be written"
done

if [ -n "${PIN:-}" ]; then
	"$FASTCLIP" baseline set "$run" --file "$BASELINE" --why "$PIN" >"$OUT/gate.txt" || exit 2
	cat "$OUT/gate.txt"
	printf '## fastclip: new baseline\n\n%s: put %s under version control.\n' "$run" "$BASELINE" >"$OUT/summary.md"
	exit 0
fi
[ -e "$BASELINE" ] || unmeasured "no baseline is pinned: fastclip baseline set $run --file $BASELINE --why TEXT, and put that file under version control"
"$FASTCLIP" gate "$BASELINE" "$run" ${POLICY:+--policy "$POLICY"} --write "json=$OUT/gate.json" --write "junit=$OUT/gate.xml" --write "github=$OUT/summary.md" >"$OUT/gate.txt"
status=$?
cat "$OUT/gate.txt"
exit $status
