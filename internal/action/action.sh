#!/bin/sh
# action.sh is what the GitHub Action of this repository does: run SUITE, judge the run by BASELINE and POLICY where
# there is a baseline, and write the step's summary. Its exit status is the gate's, or eval's where nothing is judged.
set -u
: "${FASTCLIP:=fastclip}" "${SUITE:=default}" "${BASELINE:=}" "${POLICY:=}" "${OUT:=fastclip-run}"
case $OUT in -*) OUT=./$OUT ;; esac # no option of the programs below
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
# An earlier job's verdict is not this one's.
mkdir -p "$OUT" && rm -f "$OUT/summary.md" "$OUT/gate.json" "$OUT/report.html" || exit 3

"$FASTCLIP" eval --out "$OUT/run" ${POLICY:+--policy "$POLICY"} -- "$SUITE"
status=$?
case $status in
0 | 1) ;; # a run is there
*)
	echo "fastclip wrote no run: eval ended with status $status" >>"$summary"
	exit $status
	;;
esac

# page VERDICT: draws the page, which opens with the verdict. It is for reading: run and verdict stand without it.
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
