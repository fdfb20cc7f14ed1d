#!/bin/sh
# Goal: every register that is shipped can be lived in: a record is added by answering what is asked for, and its status is changed; DRIVE=all goes on to an end.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

# Some five hundred commands: without sanitizers, when the same sources are built without.
for program in "$(dirname "$ASSAY")/../../../release/src/cli/assay" "$(dirname "$ASSAY")/../../../gcc/src/cli/assay"; do
	[ ! -x "$program" ] || [ "$program" -ot "$ASSAY" ] || ASSAY=$program
done
export ASSAY
assay init
if [ "${DRIVE-}" = all ]; then least=; else least=--least; fi
python3 "$(dirname "$0")/drive.py" $least "$work/drive" >"$work/told" 2>"$work/err"
ok $? "people work in every register"
assay register list --json
registers=$(field "$work/out" 'len(it)')
[ "$(wc -l <"$work/told")" = "$registers" ]
ok $? "all $registers are tried"
while read -r line; do
	printf '%s\n' "$line" >"$work/out"
	: >"$work/err"
	json 'len(it["states"]) >= 1 and it["changes"]' "$(field "$work/out" 'it["register"] + ": " + " > ".join(it["states"])')"
done <"$work/told"
if [ -z "$least" ]; then
	ended=$(grep -c '"ended": true' "$work/told")
	[ "$ended" -ge $((registers * 9 / 10)) ]
	ok $? "nine of ten come to an end ($ended of $registers)"
fi
assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
exits 0 "and the view is what the signed bytes say"
done_testing
