#!/bin/sh
# action.sh does the work of this repository's GitHub Action. It runs SUITE, judges the run by BASELINE and POLICY if there is a baseline, and writes the
# step's summary. Its exit status is that of gate, or that of eval if nothing is judged.
set -u
: "${FASTCLIP:=fastclip}" "${SUITE:=default}" "${BASELINE:=}" "${POLICY:=}" "${OUT:=fastclip-run}"
case $OUT in -*) OUT=./$OUT ;; esac # must not look like an option
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
# The verdict of an earlier job does not count.
mkdir -p "$OUT" && rm -f "$OUT/summary.md" "$OUT/gate.json" "$OUT/report.html" || exit 3

"$FASTCLIP" eval --out "$OUT/run" ${POLICY:+--policy "$POLICY"} -- "$SUITE"
status=$?
case $status in
0 | 1) ;; # eval wrote a run
*)
	echo "fastclip wrote no run: eval ended with status $status" >>"$summary"
	exit $status
	;;
esac

# page VERDICT: draws the page, which begins with the verdict. The page is only for reading: if it fails, the run and the verdict still count.
page() {
	"$FASTCLIP" report --format html ${1:+--verdict "$1"} -o "$OUT/report.html" -- "$OUT/run" || echo "$OUT/report.html could not be written" >>"$summary"
}

if [ -z "$BASELINE" ]; then
	page ''
	"$FASTCLIP" report --format md -- "$OUT/run" >>"$summary" || echo "the report could not be written" >>"$summary"
	exit $status
fi
"$FASTCLIP" gate ${POLICY:+--policy "$POLICY"} --write "github=$OUT/summary.md" --write "json=$OUT/gate.json" -- "$BASELINE" "$OUT/run"
verdict=$?
if [ -f "$OUT/summary.md" ]; then
	cat "$OUT/summary.md" >>"$summary"
	page "$OUT/gate.json"
else
	echo "fastclip could not judge the run: gate ended with status $verdict" >>"$summary"
	page ''
fi
exit $verdict
