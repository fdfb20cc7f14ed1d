#!/bin/sh
# Goal: whatever the clock does, received times never run backwards, old facts become could-not-look, and words expire by themselves.
. "$(dirname "$0")/kit.sh"
find_clocked || {
	skip "a changed clock" "faketime is not installed, or does not work with this build"
	done_testing
}

monotonic() { # TEXT
	"$ASSAY" ledger show --newest 1000 --dir "$work/var" --json >"$work/out" 2>"$work/err"
	json 'all(a["received"] <= b["received"] for a, b in zip(sorted(it, key=lambda e: e["entry"]), sorted(it, key=lambda e: e["entry"])[1:]))' "$1"
}

assay init "$work/var"
assay collect --dir "$work/var"
exits 0 "a collection today"
assay check --dir "$work/var"
assay status --dir "$work/var" --json
cp "$work/out" "$work/today"
looked=$(field "$work/today" 'sum(r["verdict"] in ("not-met", "partly-met", "met") for r in it)')
[ "$looked" -gt 5 ]
ok $? "answers requirements today ($looked)"
part=DFE9-081.used
assay requirement ${part%.*} --dir "$work/var" --json
json "[p['basis'] for p in it['parts'] if p['id'] == '$part'] == ['attested']" "there is a part that a person may answer"
# stands WANTED TEXT [WHEN [DATE]]: the state of that part
stands() {
	at "${3:-+0d}" requirement ${part%.*} --dir "$work/var" --json ${4:+--as-of "$4"}
	json "[p['state'] for p in it['parts'] if p['id'] == '$part'] == ['$1']" "$2"
}

# A year ahead: nothing was written, and yet nothing old passes for new.
at "+400d" status --dir "$work/var" --json
json 'not any(r["verdict"] in ("met", "partly-met") for r in it)' "in 400 days no requirement is met by today's facts"
json "sum(r['verdict'] == 'could-not-look' for r in it) >= $looked" "what they answered is could-not-look"
at "+400d" check --dir "$work/var" --json
json 'sum(h["pass"] for h in it) < 20 and sum(h["could_not_look"] for h in it) > 50' "a check in 400 days asks old facts and could not look"
assay status --dir "$work/var" --json
[ "$status" -le 1 ]
ok $? "back from the future the status can be asked (exit $status)"

# That run was received in 400 days; today's entries come after it all the same.
assay collect --table os_version --dir "$work/var"
exits 0 "a collection after an entry from the future is kept"
monotonic "received times never run backwards after a year ahead"
assay ledger verify --dir "$work/var"
exits 0 "and the ledger verifies"
assay status --dir "$work/var"
says "clock" "the status says that the clock and the ledger disagree"

# A year back.
rm -rf "$work/var" "$run"
assay init "$work/var"
assay collect --table os_version --dir "$work/var"
at "-1y" collect --table mount --dir "$work/var"
exits 0 "a collection by a clock a year behind is kept"
at "-1y" collect --table os_version --dir "$work/var"
monotonic "received times never run backwards after a year back"
json 'it[-1]["received"] > "2020" and len({e["received"][:10] for e in it}) <= 2' "they stand still instead"
at "-1y" status --dir "$work/var" --json
[ "$status" -le 1 ]
ok $? "a status can be asked by a clock behind (exit $status)"
assay ledger verify --dir "$work/var"
exits 0 "the ledger verifies"
assay rebuild --compare --dir "$work/var"
exits 0 "and the view is what the signed bytes say"

# A person's word.
soon=$(date -u -d '+30 days' +%F)
assay attest "$part" --says "It is so" --until "$(date -u -d '-1 day' +%F)" --dir "$work/var"
exits 2 "an attestation that ends in the past is refused"
assay attest "$part" --says "It is so" --until 2099-01-01 --dir "$work/var"
exits 2 "so is one that stands for decades"
sentence "  in one sentence"
assay attest "$part" --says "It is so" --until "$soon" --dir "$work/var"
exits 0 "one for 30 days is taken"
stands pass "and answers its part today"
stands pass "in 20 days" "+20d"
stands unanswered "but not in 32: it expired, and nothing was written" "+32d"
stands unanswered "nor as of yesterday" "+0d" "$(date -u -d '-1 day' +%F)"
stands pass "in 40 days, as of in 10 days, it stood" "+40d" "$(date -u -d '+10 days' +%F)"
done_testing
