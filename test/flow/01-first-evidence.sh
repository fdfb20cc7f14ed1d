#!/bin/sh
# Goal: from nothing to answered requirements on this very machine, as a newcomer meets it.
. "$(dirname "$0")/kit.sh"

assay init "$work/var"
exits 0 "init makes a store"
[ "$(stat -c %a "$work/var/keys")" = 700 ] && [ "$(stat -c %a "$work/var/keys/root.key")" = 600 ]
ok $? "keys are the owner's alone"
assay init "$work/var"
exits 2 "init refuses to make a second store over the first"

assay check --dir "$work/var"
exits 0 "check without evidence says so and is no fault"
says "collect" "and names the command that is missing"

assay collect --dir "$work/var" --json
exits 0 "collect looks at this machine"
json 'len(it) >= 40' "at least 40 tables"
json 'all(r["state"] in ("read", "absent", "could-not-look") for r in it)' "each ends read, absent or could-not-look"
json 'all(r["reason"] for r in it if r["state"] == "could-not-look")' "what could not be looked at has a reason"
assay collect --dir "$work/var" --json
json 'sum(r["changed"] for r in it) < len(it) / 2' "a second look keeps few tables anew"
assay ledger show --newest 3 --dir "$work/var" --json
json 'len({e["statement"] for e in it}) == 3' "three entries have three statements"

assay check --dir "$work/var" --json
[ "$status" -le 1 ]
ok $? "check ends 0 or 1"
json 'sum(h["pass"] + h["fail"] + h["not_applicable"] + h["could_not_look"] for h in it) >= 150' "at least 150 checks are asked"
assay finding --dir "$work/var" --json
exits 0 "finding lists what is wrong"
json 'all(f["id"] and f["says"] for f in it)' "each with an id and a sentence"
id=$(python3 -c 'import json, sys
found = json.load(open(sys.argv[1]))
print(found[0]["id"] if found else "")' "$work/out")
if [ -n "$id" ]; then
	assay finding "$id" --dir "$work/var" --json
	exits 0 "one finding can be shown"
	json 'it["remedy"] and it["evidence"]' "with its remedy and its evidence"
fi

assay status --dir "$work/var" --json
[ "$status" -le 1 ]
ok $? "status ends 0 or 1"
json 'len(it) == 264' "264 requirements have a verdict"
json 'set(r["verdict"] for r in it) <= {"met", "partly-met", "not-met", "not-applicable", "could-not-look", "unanswered"}' "of the six there are"
json 'sum(r["verdict"] not in ("unanswered",) for r in it) >= 30' "at least 30 of them answered in part from this machine alone, be it only a container"
json 'all({"id", "framework", "verdict", "since", "because"} <= set(r) for r in it)' "with id, framework, verdict, since and because"
assay status --dir "$work/var" --framework moj-tu --function protect --json
json 'it and all(r["framework"] == "moj-tu" and r["function"] == "protect" for r in it)' "filters by framework and function"
assay status --dir "$work/var" --as-of 2020-01-01 --json
json 'all(r["verdict"] == "unanswered" for r in it)' "as of a day before the first evidence nothing is answered"

assay requirement MOJTU-068 --dir "$work/var"
exits 0 "a requirement can be read"
says "https://" "with the source of its text"
says "MOJTU-068.direct-root" "and its parts"

assay attest TCOP6-015.none --says x --until 2027-01-01 --dir "$work/var"
exits 2 "attest refuses a part that is not there"
assay attest MOJTU-068.direct-root --says "It is so" --until 2027-01-01 --dir "$work/var"
exits 2 "attest refuses a part that a machine must show"
complains "observed" "and says which basis it has"
part=$("$ASSAY" status --dir "$work/var" --json | python3 -c 'import json, sys
print([r["id"] for r in json.load(sys.stdin) if r["id"].startswith("TCOP6")][0])')
[ -n "$part" ]
ok $? "requirements are listed for programs"

assay query 'SELECT name, version FROM package' --dir "$work/var" --json
exits 0 "facts can be asked in SQL"
json 'it and set(it[0]) == {"host", "name", "version"}' "host by host"
assay query 'DELETE FROM package' --dir "$work/var"
exits 2 "but not changed"

assay report text --dir "$work/var"
exits 0 "the report as text"
assay report html --dir "$work/var" --output "$work/report.html"
exits 0 "the report as HTML"
! grep -qiE '<script|src="http|href="http[^"]*\.css' "$work/report.html"
ok $? "holds no script and nothing from outside"

assay ledger verify --dir "$work/var" --json
exits 0 "the ledger verifies"
assay rebuild --compare --dir "$work/var"
exits 0 "the view is what the signed bytes say"
done_testing
