#!/bin/sh
# Goal: raw tables about people are gone 90 days after they were last seen to be so; what was concluded from them stays, and so do the proofs.
. "$(dirname "$0")/kit.sh"

if ! command -v faketime >/dev/null 2>&1 || ! faketime '2026-01-01' true 2>/dev/null; then
	skip "raw tables expire" "faketime is not at hand"
	done_testing
fi
at() { # INSTANT ARGUMENTS…: the program at that time
	when=$1
	shift
	faketime "$when" "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"

at '2026-03-01 10:00:00' init "$work/var"
if [ "$status" != 0 ]; then
	skip "raw tables expire" "faketime and this build do not go together"
	done_testing
fi
at '2026-03-01 10:00:00' collect --table account --dir "$work/var"
exits 0 "accounts are collected in March"
at '2026-03-01 10:00:01' collect --table process --dir "$work/var"
exits 0 "and processes"
at '2026-03-20 10:00:00' collect --table process --dir "$work/var"
exits 0 "and processes again three weeks later"
at '2026-04-20 10:00:00' collect --table process --dir "$work/var"
grep -q 'erased' "$work/out"
[ $? = 1 ]
ok $? "after 50 days nothing is erased"
at '2026-07-20 10:00:00' collect --table process --dir "$work/var"
exits 0 "in July"
grep -q 'readings\? of process older than 90 days' "$work/out" || grep -q '0 changed' "$work/out"
ok $? "the readings of March are erased, and it is said"
at '2026-07-20 10:00:01' query 'SELECT count(*) AS n FROM process' --dir "$work/var" --json
exits 0 "the newest reading can still be asked"
json 'it[0]["n"] > 0' "and has rows"
at '2026-07-20 10:00:02' query 'SELECT count(*) AS n FROM account' --dir "$work/var" --json
json 'it[0]["n"] == 0' "a table that was not looked at for 90 days is gone too"
grep -q 'erased by entry' "$work/err"
ok $? "and is told as erased, not as empty"
at '2026-07-20 10:00:03' ledger verify --dir "$work/var"
exits 0 "and every proof holds"
done_testing
