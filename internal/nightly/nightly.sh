#!/bin/sh
# Runs one night: the suite, the report, and the verdict on that run against the pinned baseline. It writes what people read in the morning to OUT. Its exit
# status is the gate's: 0 pass, 1 regression, 2 wrong call, 3 not measured. docs/nightly.md explains it.
#
#   SUITE     a suite's name or file (default)
#   NIGHTS    where runs are kept by date (nights)
#   OUT       report.html, report.md, gate.txt, gate.json, gate.xml, summary.md, run (nightly)
#   BASELINE  the file that pins a run (baseline.yaml)
#   POLICY    the gate's policy file (the built-in one)
#   PIN       a reason: makes this run the baseline instead of judging it
#   FASTCLIP  the program (bin/fastclip, else the one on PATH)
set -u
SUITE=${SUITE:-default} NIGHTS=${NIGHTS:-nights} OUT=${OUT:-nightly} BASELINE=${BASELINE:-baseline.yaml}
FASTCLIP=${FASTCLIP:-$([ -x bin/fastclip ] && echo bin/fastclip || echo fastclip)}
case $OUT in -*) OUT=./$OUT ;; esac # must not look like an option

run= # tonight's run, once eval has named it

# report VERDICT: draws tonight's report, which begins with the verdict. The report is only for reading: if it fails, the verdict still counts.
report() {
	if [ -z "$run" ]; then return; fi
	for format in html md; do
		"$FASTCLIP" report --format "$format" --history "$NIGHTS" ${1:+--verdict "$1"} -o "$OUT/report.$format" -- "$run" || echo "$OUT/report.$format could not be written" >&2
	done
}

# put NAME TEXT: writes a file of OUT completely, or leaves the old one, so that a full disk does not leave an empty verdict.
put() {
	if printf '%s\n' "$2" >"$OUT/$1.new" 2>/dev/null && mv -f "$OUT/$1.new" "$OUT/$1"; then return 0; fi
	rm -f "$OUT/$1.new"
	echo "$OUT/$1 cannot be written: is its disk full?" >&2
	return 1
}

# verdict STATUS WORD TITLE TEXT: writes why there is no verdict of the gate, and exits with STATUS.
verdict() {
	echo "$2: $4" >&2
	rm -f "$OUT/gate.json" "$OUT/gate.xml"
	put gate.txt "$2: $4"
	put summary.md "## fastclip: $3

$4"
	report "$OUT/gate.txt"
	exit "$1"
}
unmeasured() { verdict 3 'NOT MEASURED' 'not measured' "$1"; }
wrong() { verdict 2 'WRONG CALL' 'wrong call' "$1"; }

# said FILE: the last output of a program.
said() { grep -v -e '^$' -e "^run 'fastclip" "$1" 2>/dev/null | tail -n 1 | sed 's/^fastclip: //'; }

# Yesterday's verdict must not pass for today's, so it is moved away first.
mkdir -p "$OUT" && rm -rf "$OUT/before" && mkdir "$OUT/before" || { echo "NOT MEASURED: $OUT cannot be written" >&2; exit 3; }
for name in report.html report.md report-pictures gate.txt gate.json gate.xml summary.md run eval.log eval.status gate.log; do
	if [ -e "$OUT/$name" ] || [ -L "$OUT/$name" ]; then
		mv -f "$OUT/$name" "$OUT/before/" || { echo "NOT MEASURED: $OUT/$name is of an earlier night and cannot be set aside" >&2; exit 3; }
	fi
done
# If the night ends early from here on, this verdict stays.
text='the night has not ended: it still runs, or was stopped'
unfinished() { put gate.txt "NOT MEASURED: $text" && put summary.md "## fastclip: not measured

$text"; }
if ! unfinished && ! { rm -rf "$OUT/before" && unfinished; }; then # tonight's files matter more than those of the last night
	echo "NOT MEASURED: $OUT cannot be written" >&2
	exit 3
fi
mkdir -p -- "$NIGHTS" || unmeasured "$NIGHTS cannot be made: NIGHTS names the folder of the runs"

# Shows eval's messages while it runs. A pipe needs a file to pass on the exit status.
{
	"$FASTCLIP" eval --history "$NIGHTS" --run-file "$OUT/run" ${POLICY:+--policy "$POLICY"} -- "$SUITE" 2>&1 >/dev/null
	echo $? >"$OUT/eval.status"
} | tee "$OUT/eval.log" >&2
status=$(cat "$OUT/eval.status")
case $status in
0 | 1) ;; # 1 means that some variant or picture failed; the gate says whether it failed before
2) wrong "fastclip eval: $(said "$OUT/eval.log")" ;;
3) unmeasured "fastclip eval wrote no run: $(said "$OUT/eval.log")" ;;
*) unmeasured "fastclip eval ended with status $status: $(said "$OUT/eval.log")" ;;
esac
# Tonight's run is the one that eval names. If it names none, no other run is used.
named=$(cat "$OUT/run" 2>/dev/null) && [ -n "$named" ] && [ -d "$named" ] || unmeasured "fastclip eval ended with status $status and names no run"
run=$named

if [ -n "${PIN:-}" ]; then
	"$FASTCLIP" baseline set --file "$BASELINE" --why "$PIN" -- "$run" >"$OUT/gate.log" 2>&1
	status=$?
	cat "$OUT/gate.log"
	case $status in
	0) ;;
	2) wrong "fastclip baseline: $(said "$OUT/gate.log")" ;;
	*) unmeasured "fastclip baseline ended with status $status: $(said "$OUT/gate.log")" ;;
	esac
	report ''
	put gate.txt "$(cat "$OUT/gate.log")" && put summary.md "## fastclip: new baseline

$run: put $BASELINE under version control." || exit 3
	exit 0
fi
[ -e "$BASELINE" ] || unmeasured "no baseline is pinned: fastclip baseline set $run --file $BASELINE --why TEXT, and put that file under version control"
"$FASTCLIP" gate ${POLICY:+--policy "$POLICY"} --history "$NIGHTS" --write "json=$OUT/gate.json" --write "junit=$OUT/gate.xml" --write "github=$OUT/summary.md" --write "text=$OUT/gate.txt" -- "$BASELINE" "$run" 2>"$OUT/gate.log"
status=$?
cat "$OUT/gate.log" >&2
# The verdict counts only if the gate has also written it.
case "$status $(head -n 1 "$OUT/gate.txt")" in
"3 NOT MEASURED: $text") unmeasured "fastclip gate: $(said "$OUT/gate.log")" ;;
"0 PASS"* | "1 REGRESSION"* | "3 NOT MEASURED"*) report "$OUT/gate.json" ;;
"2 "*) wrong "fastclip gate: $(said "$OUT/gate.log")" ;;
*) unmeasured "fastclip gate ended with status $status and left no such verdict: $(said "$OUT/gate.log")" ;;
esac
exit $status
