#!/bin/sh
# action.sh is what the GitHub Action of this repository does: run SUITE, judge the run by BASELINE and POLICY where
# there is a baseline, and write the step's summary. Its exit status is the gate's, or eval's where nothing is judged.
set -u
: "${FASTCLIP:=fastclip}" "${SUITE:=default}" "${BASELINE:=}" "${POLICY:=}" "${OUT:=fastclip-run}"
summary=${GITHUB_STEP_SUMMARY:-/dev/stdout}
mkdir -p "$OUT" || exit 3

"$FASTCLIP" eval --out "$OUT/run" -- "$SUITE"
status=$?
case $status in
0 | 1) ;; # a run is there
*)
	echo "fastclip wrote no run: eval ended with status $status" >>"$summary"
	exit $status
	;;
esac
"$FASTCLIP" report "$OUT/run" --format html --out "$OUT/report.html" || exit 3
if [ -z "$BASELINE" ]; then
	"$FASTCLIP" report "$OUT/run" --format md >>"$summary" || exit 3
	exit $status
fi
set -- "$BASELINE" "$OUT/run" --write "github=$OUT/summary.md" --write "json=$OUT/gate.json"
[ -z "$POLICY" ] || set -- "$@" --policy "$POLICY"
"$FASTCLIP" gate "$@"
verdict=$?
if [ -f "$OUT/summary.md" ]; then
	cat "$OUT/summary.md" >>"$summary"
else
	echo "fastclip could not judge the run: gate ended with status $verdict" >>"$summary"
fi
exit $verdict
