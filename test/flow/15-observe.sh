#!/bin/sh
# Goal: what hosts show stands beside what is recorded: taken in, filled in, left until a date, missed when it is gone; and what changed there beside what was approved.
. "$(dirname "$0")/kit.sh"

if ! command -v faketime >/dev/null 2>&1 || ! faketime '2026-01-01' true 2>/dev/null; then
	skip "what hosts show beside the registers" "faketime is not at hand"
	done_testing
fi
if [ "$(id -u)" != 0 ]; then
	skip "what hosts show beside the registers" "only root can act as somebody else (SUDO_USER)"
	done_testing
fi
export ASSAY_DIR="$work/var"
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"
day=02
as() { # PERSON ARGUMENTS…: the program as that person, on ${day} of March
	who=$1
	shift
	SUDO_USER=$who faketime "2026-03-$day 10:00:00" "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}
# shows LINES…: badges that the host shows from now on
shows() {
	printf '%s\n' "$@" >"$work/var/facts.d/badge.jsonl"
	faketime "2026-03-$day 09:59:00" touch -d "2026-03-$day 09:59:00" "$work/var/facts.d/badge.jsonl"
	as ann collect --quiet --table badge
	[ "$status" = 0 ] || ok 1 "badges are collected on the ${day}th"
}
# id NUMBER: of the badge in the last listing
id() {
	field "$work/out" "[o['id'] for o in it if o['number_'] == '$1'][0]"
}

as ann init "$work/var"
if [ "$status" != 0 ]; then
	skip "what hosts show beside the registers" "faketime and this build do not go together"
	done_testing
fi
mkdir -p "$work/var/etc/source" "$work/var/etc/register" "$work/var/facts.d"
cat >"$work/var/etc/source/badge.yaml" <<-'END'
	about: door badges that are out
	key: [number]
	columns:
	  - {name: number, type: int}
	  - {name: holder, personal: true}
	  - {name: place, volatile: true}
END
cat >"$work/var/etc/register/badge.yaml" <<-'END'
	id: badge
	title: Badge
	about: Door badges.
	table: badge_record
	label: name
	fields:
	  - {id: name, title: Name, type: text, about: What it says}
	  - {id: nr, title: Number, type: number, about: Its number}
	  - {id: holder, title: Holder, type: person, about: Who has it}
	  - {id: colour, title: Colour, type: text, about: Of the badge}
	states:
	  - {id: out, title: Out}
	  - {id: back, title: Back, end: true}
	changes:
	  - {id: return, title: Return, from: [out], to: back}
	observed:
	  query: SELECT number, holder, 'badge ' || number AS name FROM badge
	  key: [number, holder]
	  matches: nr, holder
	  sets: {name: name, nr: number, holder: holder}
	  unseen: P7D
END
source=${ASSAY_CONTENT:-content}
sed 's/^    - group_member$/    - group_member\n    - badge/' "$source/register/change.yaml" >"$work/var/etc/register/change.yaml"
as ann register lint
exits 0 "an organisation's own register of what its own facts show"
sed 's/sets: {name: name,/sets: {name: nickname,/' "$work/var/etc/register/badge.yaml" >"$work/badge.yaml"
as ann register lint "$work/badge.yaml"
exits 2 "a column that the question does not give"
says "has no column \"nickname\"" "is found before anybody meets it"

# Unrecorded, and only listed.
shows '{"number":7,"holder":"ada-quill","place":"gate"}' '{"number":8,"holder":"bob-quill","place":"gate"}'
as ann ledger verify --json
before=$(field "$work/out" 'it["size"]')
as ann badge observe --json
exits 0 "what the host shows is listed"
json '[o["state"] for o in it] == ["unrecorded"] * 2 and {o["holder"] for o in it} == {"ada-quill", "bob-quill"}' "with names for whoever may ask"
json 'not any("quill" in o["key"] or "quill" in o["id"] for o in it)' "and keys without them"
seven=$(id 7)
eight=$(id 8)
as ann ledger verify --json
[ "$(field "$work/out" 'it["size"]')" = "$before" ]
ok $? "looking adds nothing to the ledger"

# Accepted, ignored.
as ann badge observe --accept "$seven,ffffffff"
exits 2 "an id of nothing is refused"
as ann badge list --json
json 'it == []' "and the other one is not taken in by halves"
as ann badge observe --accept "$seven" --colour red --json
exits 0 "one is taken in"
as ann badge show 1 --json
json 'it["nr"] == 7 and it["holder"] == "ada-quill" and it["colour"] == "red" and it["name"] == "badge 7"' "with what was seen, and what was given beside it"
as ann badge observe --ignore "$eight" --until 2026-03-20
exits 2 "ignoring needs a reason"
as ann badge observe --ignore "$eight" --until 2026-03-20 --why "a visitor's"
exits 0 "one is left until a date"
as ann badge observe --json
json 'it == []' "nothing is left to do"
as ann badge observe --list --all --json
json 'sorted((o["state"], o["why"]) for o in it) == [("ignored", "a visitor'"'"'s"), ("recorded", "")]' "and both can still be seen"

# Filled into a record that was there.
day=03
shows '{"number":7,"holder":"ada-quill","place":"lift"}' '{"number":8,"holder":"bob-quill","place":"lift"}' '{"number":9,"holder":"cat-quill","place":"gate"}'
as ann badge add --name "the new one"
exits 0 "somebody had written the next one down"
as ann badge observe --json
nine=$(id 9)
as ann badge observe --merge "$nine" --into 2
exits 0 "and is told which it is"
as ann badge show 2 --json
json 'it["nr"] == 9 and it["holder"] == "cat-quill" and it["name"] == "the new one"' "its number and holder are filled in, the rest stays"

# The observed change, and what approves it.
as ann service add --name Doors --description "opens doors" --unit north --public-facing no --tier standard --sro ann --service-owner ann
exits 0 "there is a service"
as ann asset observe --accept all
exits 0 "the machine is an asset"
as ann query "SELECT table_name, kind, change_number, key FROM observed_change WHERE table_name = 'badge'" --json
json '[(c["table_name"], c["kind"], c["change_number"]) for c in it] == [("badge", "added", None)]' "one badge more is a change nobody approved; a place is none"
json 'not any("quill" in c["key"] for c in it)' "told without names"
as ann check change-seen-approved --json
as ann finding --json
json 'not any(f["check"] == "change-seen-approved" and "badge" in f["says"] and "was added" in f["says"] for f in it)' "a working day is left to record it"
day=06
as ann collect --quiet --table badge
as ann check change-seen-approved --json
as ann finding --json
json 'any(f["check"] == "change-seen-approved" and "badge" in f["says"] and "was added" in f["says"] for f in it)' "then it is a finding"
as ann change add --title "A badge for Cat" --kind access
exits 0 "the change is recorded"
as ann change status 1 request --description "she joined" --service 1 --alters-scope no --significant no --significance-by ann --back-out "take it back"
exits 0 "requested"
as bob change status 1 assess --security-effect none --effect-reason "one more of the same" --implementer cat
exits 0 "assessed"
as dan change status 1 approve --window-starts 2026-03-02T00:00:00Z --window-ends 2026-03-04T00:00:00Z --tested-outside-live not-applicable --test-result "none is needed"
exits 0 "and approved by somebody else"
as ann query "SELECT change_number FROM observed_change WHERE table_name = 'badge'" --json
json '[c["change_number"] for c in it] == [1]' "the approved change covers it"
as ann collect --quiet # what was never looked at could hide something: a finding does not end before it was
as ann check change-seen-approved --json
as ann finding --json
json 'not any(f["check"] == "change-seen-approved" and "was added" in f["says"] for f in it)' "and the finding is gone"

# Unseen.
shows '{"number":8,"holder":"bob-quill","place":"lift"}' '{"number":9,"holder":"cat-quill","place":"gate"}'
as ann badge observe --unseen --json
json 'it == []' "a badge that was there three days ago is not missed yet"
day=16
shows '{"number":8,"holder":"bob-quill","place":"lift"}' '{"number":9,"holder":"cat-quill","place":"lift"}'
as ann badge observe --unseen --json
json '[u["number"] for u in it] == [1]' "after ten days it is"
printf 'not JSON\n' >"$work/var/facts.d/badge.jsonl"
chmod 666 "$work/var/facts.d/badge.jsonl"
day=17
as ann collect --quiet --table badge
as ann badge observe --unseen --json
json 'it == []' "a host that could not look makes nothing unseen"
as ann badge observe
says "could not be looked at in full" "which is said"
chmod 644 "$work/var/facts.d/badge.jsonl"

# The date of what was ignored passes.
day=21
shows '{"number":8,"holder":"bob-quill","place":"lift"}' '{"number":9,"holder":"cat-quill","place":"lift"}'
as ann badge observe --json
json '[(o["number_"], o["state"]) for o in it] == [("8", "unrecorded")]' "what was left until the 20th comes back"
as ann badge status 2 return
as ann badge observe --json
json 'sorted(o["number_"] for o in it) == ["8", "9"]' "and so does what is said to be back and is not"

as ann rebuild --compare
exits 0 "the view is what the signed bytes say"
as ann ledger verify
exits 0 "and every proof holds"
done_testing
