#!/bin/sh
# Goal: something goes wrong, stays wrong, is mended and breaks again; the ledger knows each day, and any day can be asked about.
. "$(dirname "$0")/kit.sh"

instant() {
	sleep 1.1
	date -u +%FT%TZ
	sleep 1.1
}
# look: collect the table, ask the check; what it counted is in $work/out.
look() {
	"$ASSAY" collect --table badge --quiet --dir "$work/var" >/dev/null 2>"$work/err" || echo "# the collection failed"
	assay check badge-returned --dir "$work/var" --json
}
finding() { # EXPRESSION over the open findings
	"$ASSAY" finding --dir "$work/var" --json >"$work/findings" 2>"$work/err"
	field "$work/findings" "$1"
}

assay init "$work/var"
mkdir -p "$work/var/etc/source" "$work/var/etc/check" "$work/var/facts.d"
facts="$work/var/facts.d/badge.jsonl"
cat >"$work/var/etc/source/badge.yaml" <<-'END'
	about: door badges that are out
	key: [number]
	columns:
	  - {name: number, type: int}
	  - {name: holder}
	  - {name: place, volatile: true}
END
cat >"$work/var/etc/check/badge-returned.yaml" <<-'END'
	id: badge-returned
	title: Every badge came back
	severity: medium
	answers: [DFE9-081.roles]
	max_age: 7d
	why: A badge that is out opens doors.
	applies: SELECT 1 FROM badge
	query: SELECT number, holder, place FROM badge WHERE holder <> ''
	key: [number]
	says: "badge {number} is out with {holder} at {place}"
	remedy: Ask for it.
	tests:
	  pass:
	    badge: [{number: 1, holder: "", place: x}]
	  fail:
	    badge: [{number: 1, holder: x, place: x}]
	  not-applicable:
	    badge: absent
	  could-not-look:
	    badge: could-not-look
END
requirement=DFE9-081

echo '{"number":7,"holder":"","place":"desk"}' >"$facts"
look
exits 0 "while nothing is wrong the check passes"
json 'it[0]["pass"] == 1 and it[0]["fail"] == 0' "and says so"
good=$(instant)

echo '{"number":7,"holder":"Ada","place":"gate"}' >"$facts"
look
exits 1 "something goes wrong"
json 'it[0]["new"] == 1 and it[0]["still"] == 0' "and is a new finding"
id=$(finding 'it[0]["id"]')
first=$(finding 'it[0]["first_seen"]')
[ ${#id} = 12 ]
ok $? "with an id ($id)"
bad=$(instant)

echo '{"number":7,"holder":"Ada","place":"lift"}' >"$facts"
look
json 'it[0]["new"] == 0 and it[0]["gone"] == 0 and it[0]["still"] == 1' "the same thing elsewhere is the same finding"
[ "$(finding 'it[0]["id"] + it[0]["first_seen"]')" = "$id$first" ]
ok $? "with its id and its first day"
printf '%s\n%s\n' '{"number":7,"holder":"Ada","place":"lift"}' '{"number":8,"holder":"Bob","place":"lift"}' >"$facts"
look
json 'it[0]["new"] == 1 and it[0]["still"] == 1' "another one beside it is new by itself"
[ "$(finding 'len({f["id"] for f in it})')" = 2 ]
ok $? "with an id of its own"
worse=$(instant)

echo '{"number":7,"holder":"","place":"desk"}' >"$facts"
look
exits 0 "it is mended"
json 'it[0]["gone"] == 2 and it[0]["still"] == 0' "and both findings are gone"
[ "$(finding 'len(it)')" = 0 ]
ok $? "none is open"
assay finding --ended --dir "$work/var" --json
json "sorted(f['state'] for f in it) == ['gone', 'gone'] and all(f['ended'] for f in it)" "the ended ones can still be listed"
assay finding "$id" --dir "$work/var"
exits 0 "and shown, with what they were"
says "Ada" "and with what was found"
mended=$(instant)

echo '{"number":7,"holder":"Zoe","place":"roof"}' >"$facts"
look
json 'it[0]["new"] == 1' "broken again it is found again"
[ "$(finding 'it[0]["id"]')" = "$id" ]
ok $? "under the same id"
[ "$(finding 'it[0]["first_seen"]')" \> "$mended" ]
ok $? "and first seen anew"

# stood WHEN VERDICT FINDINGS TEXT
stood() {
	assay status --as-of "$1" --dir "$work/var" --json
	json "[r['verdict'] for r in it if r['id'] == '$requirement'] == ['$2']" "$4: $2"
	assay finding --as-of "$1" --dir "$work/var" --json
	json "len(it) == $3" "  with $3 open"
}
stood "$good" partly-met 0 "as of before"
stood "$bad" not-met 1 "as of the first fault"
stood "$worse" not-met 2 "as of both faults"
stood "$mended" partly-met 0 "as of when it was mended"
stood "$(date -u +%FT%TZ)" not-met 1 "as of now"
assay query "SELECT number, holder FROM badge" --as-of "$bad" --dir "$work/var" --json
json 'it[0]["holder"] == "Ada"' "a question as of then sees the facts of then"
assay query "SELECT number, holder FROM badge" --dir "$work/var" --json
json 'it[0]["holder"] == "Zoe"' "and now those of now"
assay report text --as-of "$worse" --dir "$work/var"
says "Bob" "a report as of then tells what was wrong then"
silent "Zoe" "and nothing that came later"

assay requirement $requirement --dir "$work/var" --json
json '[c["verdict"] for c in it["history"]] in (["partly-met", "not-met", "partly-met", "not-met"], ["not-met", "partly-met", "not-met", "partly-met"])' "the requirement's history has every change, and no other"
json 'it["since"] == max(c.get("at", c.get("since", "")) for c in it["history"])' "and it stands since the newest"

# Time travel survives the view.
assay rebuild --dir "$work/var"
stood "$worse" not-met 2 "with the view made anew, as of both faults"
assay rebuild --compare --dir "$work/var"
exits 0 "the view is what the signed bytes say"

# What cannot be looked at any more is not mended.
chmod 666 "$facts"
look
json 'it[0]["gone"] == 0 and it[0]["could_not_look"] == 1' "facts that cannot be trusted any more end no finding"
[ "$(finding 'it[0]["id"]')" = "$id" ]
ok $? "it stays open"
chmod 644 "$facts"

# A host that is no longer there.
"$ASSAY" collect --table ssh_nothing --dir "$work/var" >/dev/null 2>&1
host=$("$ASSAY" host list --dir "$work/var" --json | python3 -c 'import json, sys
print(json.load(sys.stdin)[0]["name"])')
assay host retire "$host" --why "switched off" --dir "$work/var"
exits 0 "a host is retired"
[ "$(finding 'len(it)')" = 0 ]
ok $? "its findings are no longer open"
assay finding --ended --dir "$work/var" --json
json "any(f['id'] == '$id' and f['state'] == 'retired' for f in it)" "but ended as retired, not as mended"
stood "$bad" not-met 1 "what stood before is as it was, as of the first fault"
assay status --dir "$work/var" --json
json "[r['verdict'] for r in it if r['id'] == '$requirement'] == ['unanswered']" "without a host nothing is answered"
assay ledger verify --dir "$work/var"
exits 0 "the ledger verifies"
done_testing
